set -u
die() { echo "$1" >&2; exit 2; }
[ "$(id -u)" = 0 ] || die "this needs root"
command -v dmsetup >/dev/null || die "this needs dmsetup"
modprobe dm-cache 2>/dev/null; modprobe dm-cache-smq 2>/dev/null
LOOPS=; GIVEN=; PROBES=; DIR=; MARK=0
release() { for p in $PROBES; do dmsetup remove "$p"; done; PROBES=; }
cleanup() {
  trap '' INT TERM HUP PIPE QUIT
  trap - EXIT
  release
  left=$MADE
  while [ -n "$left" ]; do
    held=
    for d in $left; do ! dmsetup info "$d" >/dev/null 2>&1 || dmsetup remove "$d" 2>/dev/null || held="$held $d"; done
    [ "$held" != "$left" ] || { echo "left behind:$held" >&2; break; }
    left=$held
  done
  for d in $GIVEN; do blockdev --setrw "$d"; done
  for l in $LOOPS; do losetup -d "$l"; done
  [ -z "$DIR" ] || rm -rf "$DIR"
}
for d in $MADE; do
  if dmsetup info "$d" >/dev/null 2>&1 || [ -e "/dev/mapper/$d" ]; then die "there is a device $d already, and it is not ours"; fi
done
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP PIPE QUIT
zeros() { dd if=/dev/zero of="$1" bs="$2" seek="$3" count="$4" oflag=direct conv=notrunc status=none; }
# The device that $1 names, $2 bytes of it filled with zeros; it must be free. Without one, a loop device over a sparse file.
disk() {
  eval "dev=\${$1:-}"
  if [ -z "$dev" ]; then
    [ -n "$DIR" ] || DIR=$(mktemp -d) || die "there is no place for the disks"
    truncate -s "$2" "$DIR/$1" || die "a file of $2 bytes cannot be made"
    dev=$(losetup -f --show "$DIR/$1") || die "there is no loop device"
    LOOPS="$LOOPS $dev"
  else
    [ "${OVERWRITE:-}" = yes ] || die "all that is on $dev (\$$1) would be LOST; if it may be, say OVERWRITE=yes"
    case $dev in *[!A-Za-z0-9/_.:+-]*) die "the path $dev (\$$1) has characters that cannot stand in a table" ;; esac
    [ -b "$dev" ] || die "$dev (\$$1) is no block device"
    size=$(blockdev --getsize64 "$dev") || die "the size of $dev (\$$1) is not known"
    [ "$size" -ge "$2" ] || die "$dev (\$$1) has $size bytes, fewer than $2"
    # The kernel opens a device for one holder only: a mounted, swapped to or mapped one, a part of another or one given twice is refused.
    probe=dmlab-$$-$1
    dmsetup create "$probe" --table "0 $((size / 512)) linear $dev 0" 2>/dev/null || die "$dev (\$$1) is in use"
    PROBES="$PROBES $probe"
    [ "$size" -eq "$2" ] || echo "$dev (\$$1) has $size bytes, the scenario's disk $2: what is printed may differ" >&2
    whole=$(($2 / 65536))
    zeros "$dev" 64k 0 "$whole" || die "$dev (\$$1) cannot be written"
    zeros "$dev" 512 $((whole * 128)) $(($2 % 65536 / 512)) || die "$dev (\$$1) cannot be written"
    # It can be written, and will be so again.
    GIVEN="$GIVEN $dev"
  fi
  eval "$1=\$dev"
}
# What the kernel has said since the last mark; the log itself stays as it is.
kmsg() {
  dmesg 2>/dev/null | awk -v mark="dmlab-mark $$-$MARK\$" 'seen; $0 ~ mark { seen = 1 }' |
    sed -e 's/^<[0-9]*>//' -e 's/^\[ *[0-9.]*\] //' -e 's/^/dmesg| /'
  mark
}
mark() { MARK=$((MARK + 1)); echo "<7>dmlab-mark $$-$MARK" >/dev/kmsg; }
ended() { echo "[rc=$1]"; kmsg; }
# Shows a command as the scenario has it, and runs it (or, on the devices of this machine, the second one): ten minutes of a processor
# at most, and so much of what it prints as a terminal can show. dd makes a file where there is no device.
DD='ulimit -t 600
dd() {
  for a; do
    case $a in of=/dev/mapper/*) [ -b "${a#of=}" ] || { echo "dd: can'\''t open '\''${a#of=}'\'': No such file or directory" >&2; return 1; } ;; esac
  done
  command dd "$@"
}'
r() {
  printf '$ %s\n' "$1"
  out=$({
    sh -c "$DD
${2:-$1}" 2>&1 </dev/null
    echo "[rc=$?]"
  } | tr -d '\000-\010\013-\037\177' | head -c 16777216)
  printf '%s\n' "$out"; kmsg
}
pat() { tr '\000' "\\$1" </dev/zero; }
# w NAME PATH BLOCK COUNT BYTE BLOCKSIZE
w() {
  echo "+ write $1 block=$3 count=$4 bs=$6 byte=0$5"
  if [ ! -b "$2" ]; then echo "dd: can't open '$2': No such device or address"; ended 1; return; fi
  pat "$5" | dd of="$2" bs="$6" seek="$3" count="$4" iflag=fullblock oflag=direct conv=notrunc status=none 2>&1
  ended $?
}
# peek NAME PATH FIRST LAST BLOCKSIZE: the byte that each block consists of
peek() {
  b=$3; o=; size=$(blockdev --getsize64 "$2" 2>/dev/null)
  blocks=$(((${size:-0} + ${5%k} * 1024 - 1) / (${5%k} * 1024)))
  while [ "$b" -le "$4" ]; do
    # To get beyond the end, dd would read all that lies before it.
    if [ "$b" -ge "$blocks" ]; then o="$o --"; b=$((b + 1)); continue; fi
    # Equal neighbours become one: two bytes or more are left of a block that is not all alike.
    byte=$(dd if="$2" bs="$5" skip="$b" count=1 iflag=direct status=none 2>/dev/null | tr -s '\000-\377' | od -An -tx1 -N2 | tr -d ' ')
    case $byte in ????) o=" the bytes from $((b * ${5%k} * 1024)) on are not all alike"; break ;; esac
    o="$o ${byte:---}"
    b=$((b + 1))
  done
  echo "peek $1 blocks $3..$4:$o"; kmsg
}
stat1() { printf 'status: '; dmsetup status --noflush "$1" 2>&1; kmsg; }
say() { echo "+ $1"; shift; "$@"; ended $?; }
