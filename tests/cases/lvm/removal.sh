#@disk slow 256M
#@disk fast 128M
#@disk third 64M
l pvcreate /dev/vda /dev/vdb /dev/vdc
l vgcreate vg /dev/vda /dev/vdb
l vgremove none
l vgremove
l pvremove /dev/vda
l pvremove -y /dev/vda
l pvremove /dev/vdc
l pvs
l pvremove /dev/vdc
l pvremove -y /dev/vdc
l pvremove /dev/vdz
l pvremove
l pvcreate /dev/vdc
l vgcreate aa /dev/vdc
l vgremove aa
l vgs
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n plain -L 8m vg /dev/vda
l vgremove vg
l vgremove -y vg
l vgs
l lvs
q
l vgcreate vg /dev/vda /dev/vdb /dev/vdc
l lvcreate -n data -L 64m vg /dev/vda
l lvchange -an vg/data
l vgremove vg
l vgremove -f vg
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachepool vg/fast --cachemode writeback vg/data
s dmsetup create hold --table "0 1000 linear /dev/vg/data 0"
l vgremove -y vg
s dmsetup remove hold
l vgremove vg
l vgremove -f vg
q
l pvs
l pvremove /dev/vda /dev/vdb /dev/vdc
l pvs
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachevol fast --cachemode writeback vg/data
l lvs -a --reportformat json
l lvs --reportformat json -o name,size vg/data
l vgs --reportformat json
l pvs --reportformat json
l vgs --reportformat json none
l vgremove -y vg
l vgs --reportformat json
l pvremove -ff -y /dev/vda
l pvremove -f /dev/vdb
l pvs --reportformat json
l lvs --reportformat basic
l lvs --reportformat xml
