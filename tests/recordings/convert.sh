#!/bin/bash
# convert.sh RECORDED_CASE_DIR OUT_DIR
# Flattens a recorded case (script.sh beside its transcript.txt) into OUT_DIR/steps.txt: one step a line, loops unrolled,
# variables expanded, branches taken as the recorded exit codes say. The script really runs, under bash, with every
# word of the guest's library replaced by a stub that writes down what it was asked for. README.md lists the steps.
set -u
IN=$(realpath "$1"); DEST=$(realpath -m "$2"); SCRIPT=${SCRIPT:-$IN/script.sh}
CASE=$(basename "$DEST"); mkdir -p "$DEST"
WORK=$(mktemp -d); trap 'rm -rf "$WORK"' EXIT
STEPS=$WORK/steps; : > "$STEPS"

# ---- what the recording knows: exit codes of the echoed commands, in order, and how many writes were acknowledged
awk '/^\$ /{w=1;next} w&&/^\[rc=/{gsub(/[^0-9]/,"");print;w=0;next} w&&/^\[still blocked/{print "hang";w=0}' "$IN/transcript.txt" > "$WORK/rcs"
ACKS=$(grep -cE '^@(ACK|KILLME)' "$IN/transcript.txt"); echo 0 > "$WORK/acks"; echo 1 > "$WORK/next"
read -r ROOT AB < <(sed -n 's/^mapping root \([0-9]*\), array block \([0-9]*\)/\1 \2/p' "$IN/transcript.txt") || true

q() { local a o=''; for a in "$@"; do
  case $a in *[!A-Za-z0-9_./:,=@%+-]*|'') a="'${a//\'/\'\\\'\'}'";; esac; o+=" $a"; done; printf '%s' "${o# }"; }
shown() { [[ /proc/$BASHPID/fd/1 -ef $WORK/out ]]; }   # does stdout go to the transcript?
step() { if shown; then q "$@" >> "$STEPS"; else printf 'quiet %s' "$(q "$@")" >> "$STEPS"; fi; echo >> "$STEPS"; }
rc() { local n; n=$(cat "$WORK/next"); echo $((n+1)) > "$WORK/next"; LASTRC=$(sed -n "${n}p" "$WORK/rcs"); [ "${LASTRC:-0}" = 0 ]; }

META=/dev/d/meta; CACHE=/dev/d/cache; ORIGIN=/dev/d/origin; BS=64k; LASTRC=0
r() { step r "$@"; rc; }
rsh() { step rsh "$1"; rc; }
rt() { step rt "$@"; rc; }
for word in note sec st stfl stat1 settle w rd peek peekraw kmsg hold; do eval "$word() { step $word \"\$@\"; }"; done
snap() { step snap "$1" "${2:-$META}"; }
zero() { step zero "$1" "${2:-16}"; }
sleep() { step sleep "$1"; }
usleep() { step sleep "$(awk -v u="$1" 'BEGIN{printf "%g", u/1000000}')"; }
sync() { step bare sync; }
ctable() { builtin echo "0 $(secs $ORIGIN) cache $META $CACHE $ORIGIN $*"; }
secs() { local s; s=$(sed -n "s/^#@disk ${1##*/} \([0-9]*\)\(.\)/\1 \2/p" "$SCRIPT"); case $s in *M) builtin echo $((${s% *}*2048));; *G) builtin echo $((${s% *}*2097152));; esac; }
pat() { tr '\000' "\\$1" < /dev/zero; }
blockdev() { step bare blockdev "$@"; }
# a table kept in a file is piped in; the simulated machine has no files
dmsetup() { if [ "$1" = load ] && [ -f "${3:-}" ]; then step bare sh -c "$(printf "printf '%s\\\\n' | dmsetup load %s" "$(sed ':a;N;$!ba;s/\n/\\n/g' "$3")" "$2")"; else step bare dmsetup "$@"; fi; }
dd() { local a hex; case "$*" in
  if=/dev/d/var*count=1\ status*) cat "$WORK/names"; return;;
  *if=*) if [[ /proc/$BASHPID/fd/2 -ef /dev/null ]]; then step bare dd "$@" > /dev/null; else step bare dd "$@"; fi; return;; esac
  hex=$(head -c 2 | xxd -p)
  if [ "${hex:0:2}" = "${hex:2:2}" ] && [ "${1#of=/dev/mapper}" != "$1" ]; then a="tr '\\000' '\\$(printf %03o 0x${hex:0:2})' < /dev/zero"
  else a="printf '\\$(printf %03o 0x${hex:0:2})\\$(printf %03o 0x${hex:2:2})'"; fi
  step bare sh -c "$a | dd $*"; }
od() { case $* in *j192*) builtin echo "$ROOT";; *) builtin echo "$AB";; esac; }
echo() { if ! shown; then builtin echo "$@"; return; fi
  case ${1-} in @ACK*|@KILLME*) local n; n=$(( $(cat "$WORK/acks") + 1 )); [ $n -gt $ACKS ] && exit; builtin echo $n > "$WORK/acks";; esac
  step print "$*"; }
printf() { if shown; then step printn "$(builtin printf "$@")"; else builtin printf "$@"; fi; }

# ---- the phases, split as the recorder does
awk -v d="$WORK" 'BEGIN{n=1; f=d "/phase1.boot"; printf "" > f}
 /^#@disk /{next}
 /^#@boot/{ if (used) n++; f=d "/phase" n ($2=="kill"?".kill":".boot"); printf "" > f; used=1; next}
 /^#@host/{n++; f=d "/phase" n ".host"; used=1; next}
 { print > f; if ($0 !~ /^[ \t]*(#.*)?$/) used=1 }' "$SCRIPT"
sed -n 's/^#@disk /disk /p' "$SCRIPT" >> "$STEPS"
sed -n 's/^v \(v[0-9][^ ]*\) .*/\1/p' "$SCRIPT" | tr '\n' ' ' > "$WORK/names"
for ph in $(ls "$WORK"/phase* | sort -V); do
  [ -s "$ph" ] || continue
  n=${ph##*/phase}; n=${n%.*}
  case $ph in
    *.host)
      builtin printf 'host %s\n' "$n" >> "$STEPS"
      # what the host did to the disks between two boots, by hand: these are four
      case $CASE:$n in
        05-crash:2) for m in meta meta2 meta3 meta4 meta5; do builtin echo "hostsnap crash-$m $m" >> "$STEPS"; done;;
        06-corrupt:2) i=0; for v in $(cat "$WORK/names"); do builtin echo "hostput var $((i*4)) $v" >> "$STEPS"; i=$((i+1)); done;;
        36-block-headers:2) i=0; for v in $(cat "$WORK/names"); do builtin echo "hostput var $i $v" >> "$STEPS"; i=$((i+1)); done;;
        06b-needs-check:2) builtin echo "hostput meta 0 24-C-cleared" >> "$STEPS";;
      esac;;
    *)
      builtin printf '%s %s\n' "${ph##*.}" "$n" >> "$STEPS"
      sed '/^hold() /d' "$ph" > "$WORK/run"
      ( . "$WORK/run" ) > "$WORK/out" < /dev/null 2> "$WORK/err"; cat "$WORK/err" >&2;;
  esac
done
cp "$STEPS" "$DEST/steps.txt"
