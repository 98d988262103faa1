#@disk slow 256M
#@disk fast 128M
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvextend -L +8m vg/data
l lvextend -L 80m vg/data
l lvextend -L 80m vg/data
l lvextend -L 40m vg/data
l lvextend -l +3 vg/data
l lvextend -L +9m vg/data
l lvextend -L +1g vg/data
l lvextend vg/data
l lvextend -L +8m vg/none
l lvextend -L +8m
l lvextend -l +100%FREE vg/data /dev/vda
l lvs -o +devices
l lvreduce -L 40m vg/data
l lvreduce -f -L 40m vg/data
l lvreduce -y -L -8m vg/data
l lvreduce -y -L 100m vg/data
l lvreduce -y -L -100m vg/data
l lvreduce -y -l -2 vg/data
l lvresize -L 64m vg/data
l lvresize -L 64m vg/data
l lvresize -L -8m vg/data
l lvresize -y -L -8m vg/data
l lvresize -L +8m vg/data
l lvresize vg/data
l lvresize -l 50%VG vg/data
l lvresize -y -l 10 vg/data
l lvresize -L 64m vg/data /dev/vdb
l lvs -o +devices
l lvresize -y -L 64m vg/data
q
l lvrename vg data other
l lvrename vg/other vg/data
l lvrename vg data data
l lvrename vg none data
l lvrename vg data
l lvrename vg data x_corig
l lvchange -an vg/data
l lvextend -L +8m vg/data
l lvreduce -f -L -8m vg/data
l lvrename vg data off
l lvrename vg off data
l lvchange -ay vg/data
q
l lvremove -y vg/data
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n plain -L 8m vg /dev/vda
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvextend -L +8m vg/fast_cdata
l lvextend -L +8m vg/fast_cmeta
l lvrename vg fast quick
l lvs -a -o +devices
l lvrename vg quick fast
l lvrename vg plain data
l lvconvert -y --type cache --cachepool vg/fast --cachemode writeback vg/data
l lvextend -L +8m vg/data
l lvs -a -o +devices
l lvreduce -L -8m vg/data
l lvreduce -y -L -8m vg/data
l lvresize -y -L 40m vg/data
l lvextend -L +8m vg/data_corig
l lvextend -L +8m vg/fast_cpool
l lvextend -L +8m vg/fast_cpool_cdata
l lvextend -L +8m vg/fast_cpool_cmeta
l lvextend -L +8m vg/lvol0_pmspare
l lvs -a -o +devices
q
l lvrename vg data store
q
l lvs -a
l lvrename vg store data
l lvs -a
l lvrename vg fast_cpool_cdata zz
l lvrename vg data_corig zz
l lvrename vg lvol0_pmspare zz
l lvchange -an vg/data
l lvextend -L +8m vg/data
l lvrename vg data store
l lvs -a
l lvrename vg store data
l lvchange -ay vg/data
q
l lvconvert -y --splitcache vg/data
l lvs -a
l lvremove -y vg
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachevol fast --cachemode writeback vg/data
dirty vg/data 0 4
l lvextend -L +8m vg/data
l lvreduce -y -L -8m vg/data
l lvextend -L +8m vg/fast_cvol
l lvrename vg data store
l lvrename vg fast_cvol quick
l lvs -a
q
l lvconvert -y --splitcache vg/store
l lvs -a
