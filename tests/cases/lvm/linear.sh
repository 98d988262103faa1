#@disk slow 256M
#@disk fast 128M
l pvs
l vgs
l lvs
l pvcreate /dev/vda /dev/vdb
l pvs
l vgcreate vg /dev/vda /dev/vdb
l vgs
l pvs
l lvs
l lvcreate -n data -L 64m vg
q
l lvs
l lvs -a
l vgs
l pvs
l lvcreate -n data -L 8m vg
l lvcreate -n more -l 10 vg /dev/vdb
l lvcreate -L 10m -n odd vg
l lvcreate -L 1g -n big vg
l lvcreate -n x -L 8m nope
l lvcreate -l 100%FREE -n rest vg
l lvs -o +devices
l lvs vg/data
l lvs vg/data vg/more
l vgs vg
l pvs /dev/vda
l lvremove vg/odd
l lvremove -y vg/odd
l lvremove vg/none
l lvchange -an vg/data
l lvs
l lvchange -an vg/data
l lvchange -ay vg/data
l lvchange -ay vg/data
l lvchange -an vg/none
l vgchange -an vg
l lvs
l vgchange -an vg
l vgchange -ay vg
l vgchange -ay
l vgchange -ay nope
l lvs nope
l lvs vg/nope
l vgs nope
l pvs /dev/vdz
l pvcreate /dev/vda
l pvcreate /dev/vdz
l vgcreate vg /dev/vdb
l vgcreate other /dev/vdb
l lvremove -f vg/data vg/more
l lvremove -y vg
l lvs
l lvs --nosuch
l lvcreate
l lvcreate -n
l lvcreate -L 8m vg
l lvs
q
