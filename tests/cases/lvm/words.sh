# l COMMAND...: the command, what it prints (1: standard output, 2: standard error), its exit code and its requests to device-mapper, as strace
# decodes them ("raw|"), in order. s COMMAND...: something done in between.
l() { printf '$%s\n' "$(qargs "$@")"
  { printf 'exec strace -f --seccomp-bpf -v -e trace=ioctl,write -s 4096 -o /tmp/tr'; qargs "$@"; echo ' </dev/null'; } > /tmp/cmd.sh
  script -q -e -c 'sh /tmp/cmd.sh' /dev/null >/tmp/r.out 2>&1 </dev/null; LASTRC=$?
  grep -E 'DM_(DEV_CREATE|DEV_REMOVE|DEV_RENAME|DEV_SUSPEND|TABLE_LOAD|TABLE_CLEAR|TABLE_STATUS|TARGET_MSG|DEV_WAIT)| write\([12],' /tmp/tr | sed -e 's/^/raw| /'
  echo "[rc=$LASTRC]"; kmsg; }
s() { printf '+%s\n' "$(qargs "$@")"; "$@" 2>&1; }
dirty() { echo "+ write $1 block=$2 count=$3"; tr '\000' '\101' </dev/zero | dd of=/dev/$1 bs=64k seek=$2 count=$3 iflag=fullblock oflag=direct conv=notrunc status=none 2>&1; }
q() { l dmsetup table; }
