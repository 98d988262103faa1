#@disk a 400M
#@disk b 30G
#@disk c 300G
P='name,size,chunk_size'
l pvcreate /dev/vda /dev/vdb /dev/vdc
l pvs
l vgcreate -s 4k fine /dev/vda
l vgcreate vg /dev/vdb /dev/vdc
l vgs
l pvs
for s in 64k 1m 10m 64m; do l lvcreate --type cache-pool -n p$s -L $s --poolmetadataspare n fine; done
l lvcreate --type cache-pool -n q -L 64m --chunksize 32k --poolmetadataspare n fine
l lvcreate --type cache-pool -n r -L 64m --chunksize 1m --poolmetadataspare n fine
l lvs -a -o $P fine
for s in 1g 20g 61g 62g 100g; do l lvcreate --type cache-pool -n p$s -L $s --poolmetadataspare n vg; l lvs -a -o $P vg; l lvremove -y vg; done
l lvcreate --type cache-pool -n p -L 100g --chunksize 64k vg
l lvcreate --type cache-pool -n p2 -L 8g --poolmetadatasize 1m vg
l lvs -a -o $P vg
l lvcreate -n big -L 199.9g vg
l lvcreate -n odd1 -L 1023m vg
l lvcreate -n odd2 -L 1025m vg
l lvcreate -n odd3 -L 1028m vg
l lvcreate -n odd4 -L 2044m vg
l lvcreate -n odd5 -L 10236m vg
l lvs
l lvs --units m
l lvs --units s vg/odd1
l lvs --noheadings
l lvs --separator , vg
l lvs --noheadings -o lv_name,lv_size --units b vg
l vgs
l pvs
l lvcreate -n bad+name -L 4m vg
l lvcreate -n data_corig -L 4m vg
l lvcreate -n lvol7 -L 4m vg
l lvcreate -n 'with space' -L 4m vg
l lvcreate -n -x -L 4m vg
l lvcreate -n zero -L 0 vg
l lvcreate -n neg -L -4m vg
l lvcreate -n abc -L abc vg
l lvcreate -n abc -l abc vg
l lvcreate -n abc -L 4x vg
l lvcreate -n a -n b -L 4m vg
l lvcreate -n noextents -l 0 vg
l lvcreate -n both -l 1 -L 4m vg
l lvcreate -n path -L 4 vg
l lvcreate -n vg/slash -L 4m
l lvcreate -n hy-phen -L 4m vg
l lvcreate -L 4m -n nodesc
l lvs vg/hy-phen /dev/vg/path
l lvremove -y /dev/vg/path vg/hy-phen
