#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 13. Not shared, twice over: two linear aliases of the metadata device, and an alias of an alias. Each load opens an object of its own.
t() { echo "0 262144 cache $1 $CACHE $ORIGIN 128 1 writeback smq 2 migration_threshold 0"; }
r dmsetup create lin1 --table "0 8192 linear $META 0"
r dmsetup create lin2 --table "0 8192 linear $META 0"
r dmsetup create lin3 --table "0 8192 linear /dev/mapper/lin1 0"
r dmsetup create c --table "$(t $META)"
w c 0 4 101; stfl c; snap 01-written
r dmsetup reload c --table "$(t /dev/mapper/lin1)"
w c 50 2 102; stfl c; snap 02-after-first-load
r dmsetup reload c --table "$(t /dev/mapper/lin2)"; snap 03-second-load
w c 54 2 103; stfl c; snap 04-live-ahead
r dmsetup suspend c; r dmsetup resume c; st c; peek c 0 4; peek c 50 2; peek c 54 1; stfl c; snap 05-swapped
r dmsetup reload c --table "$(t $META)"; snap 06-back-through-the-device
w c 60 2 104; stfl c; snap 07-live-ahead
r dmsetup suspend c; r dmsetup resume c; st c; peek c 60 2; stfl c; snap 08-swapped
r dmsetup reload c --table "$(t /dev/mapper/lin3)"
w c 70 2 105; stfl c; r dmsetup reload c --table "$(t $META)"
w c 74 2 106; r dmsetup resume c; st c; peek c 70 1; peek c 74 1; stfl c; snap 09-joined
r dmsetup remove c; snap 10-removed
r cache_check $META
r dmsetup create c --table "$(t /dev/mapper/lin3)"; st c; peek c 0 4; peek c 70 1
r dmsetup remove c; snap 11-again
r dmsetup remove lin3; r dmsetup remove lin1; r dmsetup remove lin2
