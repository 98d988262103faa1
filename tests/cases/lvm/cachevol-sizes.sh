#@disk slow 256M
#@disk fast 128M
#@disk big 300G
l pvcreate /dev/vda /dev/vdb /dev/vdc
l vgcreate -s 1m vg /dev/vda
l vgcreate -s 1m large /dev/vdb /dev/vdc
l lvcreate -n data -L 64m large /dev/vdb
for z in 1m 2m 3m 4m 5m 7m 8m 9m 12m 15m 16m 17m 20m 24m 31m 32m 48m 63m 64m 100m 127m 128m 129m 255m 256m 500m 1023m 1g 2g 4g 15g 16g 40g 61g 62g 127g 128g 129g 200g; do
l lvcreate -n fast -L $z large /dev/vdc
l lvconvert -y --type cache --cachevol fast large/data
q
l lvconvert -y --uncache large/data
l lvremove -y large/fast
done
