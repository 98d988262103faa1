#!/bin/busybox sh
# The guest's first process: runs the script that lies on the disk `script` and powers off. Standard output is the second serial line.
/bin/busybox mkdir -p /proc /sys /dev /run /tmp
/bin/busybox --install -s /bin
export PATH=/sbin:/bin LD_LIBRARY_PATH=/lib DM_DISABLE_UDEV=1
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
for module in virtio_pci virtio_blk crc32c_generic libcrc32c dm-mod dm-bufio dm-bio-prison dm-persistent-data dm-cache dm-cache-smq; do
  modprobe "$module" 2>/dev/null
done
# Each disk under the name that the host gave it.
mkdir -p /dev/d
i=0
while [ ! -b /dev/vda ] && [ "$i" -lt 100 ]; do usleep 100000; i=$((i + 1)); done
for disk in /sys/block/vd*; do
  name=$(cat "$disk/serial" 2>/dev/null)
  [ -z "$name" ] || ln -sf "/dev/${disk##*/}" "/dev/d/$name"
done
stty -F /dev/ttyS1 raw -echo 2>/dev/null
exec </dev/null >/dev/ttyS1 2>&1
tr -d '\000' </dev/d/script >/tmp/script.sh
dmesg -c >/dev/null
sh /tmp/script.sh
echo "=== end of the script"
sync
poweroff -f
