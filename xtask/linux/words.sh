# The words of case scripts (tests/cases), as tests/recordings/README.md lists them: each does something and prints what it did.
META=/dev/d/meta CACHE=/dev/d/cache ORIGIN=/dev/d/origin
BS=64k
LASTRC=0
SNAP_AT=0

# What the kernel has said since the last time.
kmsg() { dmesg -c | sed -e 's/^<[0-9]*>//' -e 's/^\[ *[0-9.]*\] //' -e 's/^/dmesg| /'; }

shown() {
  printf '$'
  for word in "$@"; do
    case $word in
      '') printf " ''" ;;
      *[\ \;\&\|\<\>\*\$\"\'\(\)]*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
}

ran() { LASTRC=$1; cat /tmp/said; echo "[rc=$1]"; kmsg; return "$1"; }
r() { shown "$@"; echo; "$@" >/tmp/said 2>&1; ran $?; }
rsh() { echo "$ $1"; sh -c "$1" >/tmp/said 2>&1; ran $?; }

# rt SECONDS COMMAND: it may block for ever inside the kernel, so it runs beside this shell.
rt() {
  limit=$1; shift
  shown "$@"; echo "    (limit ${limit}s)"
  rm -f /tmp/ended
  ("$@" >/tmp/said 2>&1; echo $? >/tmp/ended) &
  tenths=0
  while [ ! -f /tmp/ended ] && [ "$tenths" -lt $((limit * 10)) ]; do usleep 100000; tenths=$((tenths + 1)); done
  cat /tmp/said
  if [ -f /tmp/ended ]; then LASTRC=$(cat /tmp/ended); echo "[rc=$LASTRC]"; else LASTRC=hang; echo "[still blocked after ${limit}s]"; fi
  kmsg
}

note() { echo "# $*"; }
sec() { echo; echo "######## $*"; }
secs() { blockdev --getsz "$1"; }
ctable() { echo "0 $(secs $ORIGIN) cache $META $CACHE $ORIGIN $*"; }

st() {
  echo "--- state of $1"
  printf 'status: '; dmsetup status --noflush "$1" 2>&1
  printf 'table : '; dmsetup table "$1" 2>&1
  printf 'table --inactive: '; dmsetup table --inactive "$1" 2>&1; echo
  dmsetup info "$1" 2>&1 | sed -e '/^$/d' -e 's/^/info  : /'
  kmsg
}
stat1() { printf 'status: '; dmsetup status --noflush "${1:-c}" 2>&1; kmsg; }
stfl() { printf 'status (flush/commit): '; dmsetup status "${1:-c}" 2>&1; kmsg; }
settle() {
  before=; tries=0
  while [ "$tries" -lt 60 ]; do
    now=$(dmsetup status --noflush "${1:-c}" 2>&1)
    [ "$now" = "$before" ] && break
    before=$now; tries=$((tries + 1)); usleep 700000
  done
}

# I/O on a suspended device would block for ever.
susp() { [ "$(dmsetup info -c --noheadings -o suspended "$1" 2>/dev/null)" = Suspended ] && echo "(no I/O: $1 is suspended)"; }
pat() { tr '\000' "\\$1" </dev/zero; }
w() {
  susp "$1" && return
  echo "+ write $1 block=$2 count=$3 bs=$BS byte=0${4:-101}"
  pat "${4:-101}" | dd of="/dev/mapper/$1" bs="$BS" seek="$2" count="$3" iflag=fullblock oflag=direct conv=notrunc status=none 2>&1
  echo "[rc=$?]"; kmsg
}
rd() {
  susp "$1" && return
  n=0
  while [ "$n" -lt "${4:-1}" ]; do
    dd if="/dev/mapper/$1" of=/dev/null bs="$BS" skip="$2" count="$3" iflag=direct status=none 2>&1 || echo "read failed"
    n=$((n + 1))
  done
  echo "+ read $1 block=$2 count=$3 bs=$BS times=${4:-1}"; kmsg
}

# first_bytes FILE FIRST COUNT: of each block.
first_bytes() {
  block=$2; end=$(($2 + $3)); bytes=
  while [ "$block" -lt "$end" ]; do
    bytes="$bytes $(dd if="$1" bs="$BS" skip="$block" count=1 iflag=direct status=none 2>/dev/null | od -An -tx1 -N1 | tr -d ' ')"
    block=$((block + 1))
  done
  echo "$bytes"
}
peek() { susp "$1" && return; echo "peek $1 blocks $2..$(($2 + $3 - 1)):$(first_bytes "/dev/mapper/$1" "$2" "$3")"; kmsg; }
peekraw() { echo "peek $1 blocks $2..$(($2 + $3 - 1)):$(first_bytes "$1" "$2" "$3")"; kmsg; }

zero() {
  dd if=/dev/zero of="$1" bs=64k count="${2:-16}" oflag=direct conv=notrunc status=none
  echo "+ zero first $((${2:-16} * 64)) KiB of $1 [rc=$?]"
}

# snap NAME [DEVICE]: a copy on the disk of copies, and where it lies there, in units of 64 KiB.
snap() {
  from=${2:-$META}; size=$(blockdev --getsize64 "$from")
  blockdev --flushbufs "$from" 2>/dev/null
  dd if="$from" of=/dev/d/snap bs=64k seek="$SNAP_AT" iflag=direct oflag=direct conv=notrunc status=none || echo "SNAP FAILED"
  echo "@SNAP $1 $SNAP_AT $size"
  SNAP_AT=$((SNAP_AT + (size + 65535) / 65536))
}
