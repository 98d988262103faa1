#@disk slow 256M
#@disk fast 128M
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n hole -L 16m vg /dev/vda
l lvcreate -n data -L 16m vg /dev/vda
l lvcreate -n plain -L 8m vg /dev/vda
l lvremove -y vg/hole
l lvextend -L +8m vg/data
l lvs -o +devices
l lvremove -y vg/plain
l lvextend -L +4m vg/data
l lvs -o +devices
l lvcreate -n end -L 8m vg /dev/vda
l lvs -o +devices
l lvextend -L +40m vg/data
l lvs -o +devices
l lvextend -L +200m vg/data
l lvs -o +devices
l lvreduce -y -L 30m vg/data
l lvreduce -y -L -5m vg/data
l lvreduce -y -L -1m vg/data
l lvreduce -y -L 3m vg/data
l lvreduce -y -L 3m vg/data
l lvreduce -y -L 0 vg/data
l lvreduce -y -l -1 vg/data
l lvreduce -y -l 0 vg/data
l lvresize -y -L 33m vg/data
l lvextend -L 33m vg/data
l lvextend -L 34m vg/data
l lvextend -l 100%FREE vg/data
l lvextend -l +50%FREE vg/data
l lvextend -l +10%VG vg/data
l lvextend -l +10%PVS vg/data
l lvextend -l +10%LV vg/data
l lvreduce -y -l 50%LV vg/data
l lvextend -l 5 -L 5m vg/data
l lvextend -L abc vg/data
l lvextend -L -8m vg/data
l lvreduce -L +8m vg/data
l lvextend -L +8m vg/data /dev/vdz
l lvextend -L +8m vg/data vg/end
l lvextend -L +8m vg
l lvextend -L +8m none/data
l lvresize -L +8m /dev/vg/data
l lvextend -L +8m vg/data /dev/vdb
l lvs -o +devices
l lvextend -L +8m vg/data
l lvs -o +devices
l lvreduce -L -4m -f vg/data
q
l lvrename vg/data none/x
l lvrename vg/data
l lvrename
l lvrename none data x
l lvrename vg data 'b d'
l lvrename /dev/vg/data /dev/vg/new
l lvrename vg/new data
l lvrename vg data end
s dmsetup create hold --table "0 1000 linear /dev/vg/data 0"
l lvrename vg data held
l lvs
q
s dmsetup remove hold
l lvrename vg held data
