#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 15. Policies switched by loads on a live cache: smq, mq, default, cleaner and back, with blocks dirtied between load and swap.
p() { echo "0 262144 cache $META $CACHE $ORIGIN 128 1 writeback $*"; }
r dmsetup create c --table "$(p smq 2 migration_threshold 0)"
w c 0 8 101; rd c 0 4 3; stfl c; snap 01-smq
r dmsetup reload c --table "$(p mq 2 migration_threshold 0)"
w c 50 2 102; r dmsetup resume c; st c; stfl c; snap 02-mq
r dmsetup message c 0 sequential_threshold 512
r dmsetup message c 0 nonsense 1
r dmsetup reload c --table "$(p default 2 migration_threshold 0)"
rd c 4 4 2; r dmsetup resume c; st c; r dmsetup suspend c; snap 03-default
r dmsetup resume c
r dmsetup reload c --table "$(p mq 4 migration_threshold 0 sequential_threshold 512)"; r dmsetup resume c; st c
r dmsetup reload c --table "$(p cleaner 2 migration_threshold 2048000)"
w c 60 1 103; r dmsetup resume c; sleep 5; stat1 c; stfl c; snap 04-cleaned
w c 61 1 104; stat1 c; peekraw $ORIGIN 60 2
w c 0 2 105; sleep 5; stat1 c; peekraw $ORIGIN 0 3
r dmsetup reload c --table "$(p smq 2 migration_threshold 0)"
w c 2 1 106; r dmsetup suspend c; snap 05-cleaner-suspended
r dmsetup resume c; st c; w c 62 1 107; stfl c; snap 06-smq
r dmsetup reload c --table "$(p nonsense 0)"
r dmsetup remove c; snap 07-removed
r dmsetup create c --table "$(p smq 2 migration_threshold 0)"; stat1 c; peek c 0 4; r dmsetup remove c; snap 08-again
