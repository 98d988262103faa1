#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
#@disk var 256M
#@disk large 32M
# One header field of one block at a time, the checksum right: which kernel's validators and readers mind?
# A btree node without entries is not among them: its cursor keeps a buffer, and the abort ends in `kernel BUG at drivers/md/dm-bufio.c:1644` (6.1.192).
# A second between two images keeps the messages below the kernel's rate limit.
T1=$(ctable 128 1 writeback smq 2 migration_threshold 0)
r dmsetup create c --table "$T1"
w c 0 4 101
w c 50 4 102
rsh 'blkdiscard -o 13107200 -l 6553600 /dev/mapper/c'
stfl c
r dmsetup remove c
snap good1
#@host
zcat "$OUT/good1.img.gz" > good1
mt() { python3 "$HERE/mdtool.py" "$@"; }
blk() { mt find good1 | awk -v n="$1" -v t="${2-}" '$1==n && ($2==t || t=="") && !seen++ {print (t=="" ? $2 : $3)}'; }
mapb=$(blk mapping btree) mapa=$(blk mapping array) hb=$(blk hint btree) ha=$(blk hint array)
db=$(blk discard btree) da=$(blk discard array) smi=$(blk sm-index) smb=$(blk sm-bitmap) smr=$(blk sm-refcount)
N=0; : > names
v() { local name=$1; shift; head -c 128K good1 > v.img
  while [ $# -gt 0 ]; do mt patch v.img "$1" "$2" "$3"; shift 3; done
  dd if=v.img of=var bs=1M seek=$N conv=notrunc status=none; N=$((N+1))
  gzip -9nc v.img > "$OUT/$name.img.gz"; echo "$name" >> names; }
v v00-array-max-0 $mapa 4 00000000
v v01-array-max-1 $mapa 4 01000000
v v02-array-max-508 $mapa 4 fc010000
v v03-array-max-510 $mapa 4 fe010000
v v04-array-max-wild $mapa 4 ffffffff
v v05-array-vs-0 $mapa 12 00000000
v v06-array-vs-4 $mapa 12 04000000
v v07-array-vs-9 $mapa 12 09000000
v v08-array-vs-wild $mapa 12 ffffffff
v v09-array-nr-0 $mapa 8 00000000
v v10-array-nr-255 $mapa 8 ff000000
v v11-array-nr-257 $mapa 8 01010000
v v12-array-nr-509 $mapa 8 fd010000
v v13-array-nr-510 $mapa 8 fe010000
v v14-array-nr-wild $mapa 8 ffffffff
v v15-array-of-le32 $mapa 4 fa030000 $mapa 12 04000000
v v16-array-of-16 $mapa 4 fe000000 $mapa 12 10000000
v v17-array-of-whole-blocks $mapa 4 01000000 $mapa 12 e80f0000 $mapa 8 01000000
v v18-array-max-0-vs-big $mapa 4 00000000 $mapa 12 e90f0000 $mapa 8 00000000
v v19-hint-max-509 $ha 4 fd010000
v v20-hint-vs-8 $ha 12 08000000
v v21-hint-of-le64 $ha 4 fd010000 $ha 12 08000000
v v22-hint-nr-1019 $ha 8 fb030000
v v23-hint-nr-100 $ha 8 64000000
v v24-discard-max-1 $da 4 01000000
v v25-discard-of-le32 $da 4 fa030000 $da 12 04000000
v v26-discard-nr-510 $da 8 fe010000
v v27-discard-nr-1 $da 8 01000000
v v28-node-max-0 $mapb 20 00000000
v v29-node-max-1 $mapb 20 01000000
v v30-node-max-249 $mapb 20 f9000000
v v31-node-max-253 $mapb 20 fd000000
v v32-node-max-254 $mapb 20 fe000000
v v33-node-vs-0 $mapb 24 00000000
v v34-node-vs-4 $mapb 24 04000000
v v35-node-vs-9 $mapb 24 09000000
v v37-node-nr-2 $mapb 16 02000000
v v38-node-nr-253 $mapb 16 fd000000
v v39-node-flags-0 $mapb 4 00000000
v v40-node-flags-3 $mapb 4 03000000
v v41-node-flags-6 $mapb 4 06000000
v v42-node-padding $mapb 28 01000000
v v43-hint-node-vs-4 $hb 24 04000000
v v44-hint-node-flags-0 $hb 4 00000000
v v46-refcount-vs-8 $smr 24 08000000
v v47-refcount-vs-0 $smr 24 00000000
v v48-refcount-max-0 $smr 20 00000000
v v49-refcount-flags-0 $smr 4 00000000
v v50-index-padding $smi 4 01000000
v v51-index-nr-free-0 $smi 24 00000000
v v52-index-none-free-wild $smi 28 ffffffff
v v53-index-none-free-low $smi 28 00000000
v v54-bitmap-padding $smb 4 01000000
v v55-sb-data-block-size-1 0 232 01000000
v v56-sb-hint-size-8 0 60 08000000
v v57-sb-hint-size-wild 0 60 ffffffff
v v58-sb-discard-block-size-0 0 216 0000000000000000
v v59-sb-discard-block-size-96 0 216 6000000000000000
v v60-sb-policy-name-without-nul 0 44 78787878787878787878787878787878
v v61-sb-tail 0 292 01
#@boot
T1=$(ctable 128 1 writeback smq 2 migration_threshold 0)
TC=$(ctable 128 1 writeback mq 2 migration_threshold 0)
TL="0 $(secs $ORIGIN) cache $META /dev/d/large $ORIGIN 128 1 writeback smq 2 migration_threshold 0"
i=0
for n in v00-array-max-0 v01-array-max-1 v02-array-max-508 v03-array-max-510 v04-array-max-wild v05-array-vs-0 v06-array-vs-4 v07-array-vs-9 \
  v08-array-vs-wild v09-array-nr-0 v10-array-nr-255 v11-array-nr-257 v12-array-nr-509 v13-array-nr-510 v14-array-nr-wild v15-array-of-le32 \
  v16-array-of-16 v17-array-of-whole-blocks v18-array-max-0-vs-big v19-hint-max-509 v20-hint-vs-8 v21-hint-of-le64 v22-hint-nr-1019 \
  v23-hint-nr-100 v24-discard-max-1 v25-discard-of-le32 v26-discard-nr-510 v27-discard-nr-1 v28-node-max-0 v29-node-max-1 v30-node-max-249 \
  v31-node-max-253 v32-node-max-254 v33-node-vs-0 v34-node-vs-4 v35-node-vs-9 v37-node-nr-2 v38-node-nr-253 v39-node-flags-0 \
  v40-node-flags-3 v41-node-flags-6 v42-node-padding v43-hint-node-vs-4 v44-hint-node-flags-0 v46-refcount-vs-8 \
  v47-refcount-vs-0 v48-refcount-max-0 v49-refcount-flags-0 v50-index-padding v51-index-nr-free-0 v52-index-none-free-wild \
  v53-index-none-free-low v54-bitmap-padding v55-sb-data-block-size-1 v56-sb-hint-size-8 v57-sb-hint-size-wild v58-sb-discard-block-size-0 \
  v59-sb-discard-block-size-96 v60-sb-policy-name-without-nul v61-sb-tail; do
  sec "$n"
  dd if=/dev/d/var of=$META bs=128k skip=$((i*8)) count=1 iflag=direct oflag=direct conv=notrunc status=none
  r dmsetup create c --table "$T1"
  if [ "$LASTRC" = 0 ]; then
    stat1 c; peek c 0 4; peek c 50 4
    w c 120 1 111
    stfl c
    r dmsetup remove c
  fi
  case $n in v01*|v15*|v19*|v21*|v22*|v24*|v25*|v26*)
    sleep 1; note "$n, another policy"
    dd if=/dev/d/var of=$META bs=128k skip=$((i*8)) count=1 iflag=direct oflag=direct conv=notrunc status=none
    r dmsetup create c --table "$TC"
    if [ "$LASTRC" = 0 ]; then stat1 c; r dmsetup remove c; fi
    sleep 1; note "$n, a larger cache"
    dd if=/dev/d/var of=$META bs=128k skip=$((i*8)) count=1 iflag=direct oflag=direct conv=notrunc status=none
    r dmsetup create c --table "$TL"
    if [ "$LASTRC" = 0 ]; then stat1 c; r dmsetup remove c; fi;;
  esac
  i=$((i+1))
  sleep 1
done
