#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 26. One metadata object handed from device to device: loads on a second and a third device while the first lives, removals in every order.
T=$(ctable 128 1 writeback smq 2 migration_threshold 0)
r dmsetup create c --table "$T"
w c 0 4 101; stfl c
r dmsetup create d --notable; r dmsetup load d --table "$T"; st d; snap 01-second-loaded
w c 50 2 102; r dmsetup remove c; snap 02-first-removed
r dmsetup resume d; st d; peek d 50 2; snap 03-second-live
r dmsetup create e --notable; r dmsetup load e --table "$T"; r dmsetup clear e; r dmsetup load e --table "$T"
w d 60 2 103; stfl d; r dmsetup reload d --table "$T"; r dmsetup suspend d; snap 04-suspended
r dmsetup clear d; r dmsetup resume d; stat1 d
r dmsetup remove d; snap 05-second-removed
r dmsetup remove e; snap 06-never-resumed
r dmsetup create c --table "$T"; st c; peek c 0 4; peek c 60 2
r dmsetup create e --notable; r dmsetup load e --table "$T"; r dmsetup remove e; w c 70 1 104; stfl c; snap 07-third-came-and-went
r dmsetup remove c; snap 08-removed
