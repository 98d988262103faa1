#@disk meta 4M
#@disk cache 4M
#@disk origin 128M
# 17. A full cache of 64 blocks, cleaned; then missed blocks become hot, others are demoted for them. Pauses let each migration finish.
T=$(ctable 128 1 writeback smq 2 migration_threshold 0)
r dmsetup create c --table "$T"
w c 0 64 101; stfl c; snap 01-full-dirty
w c 100 2 102; stat1 c; peekraw $ORIGIN 100 2
r dmsetup remove c
r dmsetup create c --table "$(ctable 128 1 writeback cleaner 2 migration_threshold 2048000)"; sleep 5; stat1 c
r dmsetup remove c; snap 02-full-clean
r dmsetup create c --table "$T"; sleep 2; stat1 c
i=1; while [ $i -le 6 ]; do rd c 200 1; sleep 2; stat1 c; i=$((i+1)); done
stfl c; snap 03-after-reads
w c 300 1 103; sleep 2; stat1 c; stfl c
r dmsetup suspend c; snap 04-suspended
r dmsetup resume c; peek c 200 1; stat1 c
r dmsetup reload c --table "$(ctable 128 1 writeback smq 2 migration_threshold 2048000)"; r dmsetup resume c; settle c; stat1 c
r dmsetup remove c; snap 05-removed
