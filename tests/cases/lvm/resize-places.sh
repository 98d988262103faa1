#@disk slow 256M
#@disk fast 128M
#@disk third 64M
l pvcreate /dev/vda /dev/vdb /dev/vdc
l vgcreate vg /dev/vda /dev/vdb /dev/vdc
l lvcreate -n a1 -L 8m vg /dev/vda
l lvcreate -n data -L 16m vg /dev/vda
l lvcreate -n a2 -L 8m vg /dev/vda
l lvcreate -n a3 -L 40m vg /dev/vda
l lvcreate -n a4 -L 4m vg /dev/vda
l lvremove -y vg/a2 vg/a1
l lvs -o +devices
l lvextend -L +24m vg/data
l lvs -o +devices
l lvreduce -f -L 16m vg/data
l lvremove -y vg/a3
l lvextend -L +52m vg/data
l lvs -o +devices
l lvextend -l +100%PVS vg/data /dev/vda
l lvs -o +devices
l lvextend -L +8m vg/data
l lvextend -L +124m vg/data
l lvs -o +devices
l lvreduce -f -L 16m vg/data
l lvcreate -n b1 -L 8m vg /dev/vdb
l lvcreate -n b2 -L 8m vg /dev/vdb
l lvcreate -n b3 -L 8m vg /dev/vdb
l lvremove -y vg/b2
l lvextend -L +8m vg/data /dev/vdb
l lvs -o +devices
l lvextend -L +8m vg/data /dev/vdb /dev/vdc
l lvs -o +devices
l lvextend -L +1g vg/data /dev/vdb
l lvextend -l +100%FREE vg/data
l lvrename vg/data held
s dmsetup create hold --table "0 1000 linear /dev/vg/held 0"
l lvrename vg held data
l lvextend -L +4m vg/data
l lvreduce -L -4m vg/data
l lvreduce -y -L -4m vg/data
l lvs -o +devices
s dmsetup remove hold
l lvrename vg/data vg/store
l lvrename /dev/vg/store /dev/vg/data
l lvrename vg data end x
l lvrename vg data lvol7
l lvrename vg lvol7 data
l lvrename vg data a4
l lvs
q
