#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 19. The word metadata2 against metadata of version 1, and its absence against version 2: at creation, by loads on a live cache, after a stop.
L="0 262144 cache $META $CACHE $ORIGIN 128"
T1="$L 1 writeback smq 2 migration_threshold 0"
T2="$L 2 metadata2 writeback smq 2 migration_threshold 0"
mix() { # TAG FIRST OTHER
sec "$1"
zero $META 64
r dmsetup create c --table "$2"
w c 0 4 101; stfl c
r dmsetup reload c --table "$3"
w c 50 2 102; r dmsetup resume c; st c; stfl c; snap $1-1-other-word
w c 0 1 103; r dmsetup suspend c; snap $1-2-suspended
r dmsetup reload c --table "$2"; r dmsetup resume c; stat1 c
r dmsetup remove c; snap $1-3-removed
r dmsetup create c --table "$3"; st c; w c 60 1 104; r dmsetup remove c; snap $1-4-created-with-other-word
r dmsetup create c --notable; r dmsetup load c --table "$3"; r dmsetup clear c; r dmsetup remove c; snap $1-5-unclean
r dmsetup create c --table "$2"; stat1 c; peek c 0 4; peek c 50 2; r dmsetup remove c; snap $1-6-removed
}
mix v1 "$T1" "$T2"
mix v2 "$T2" "$T1"
