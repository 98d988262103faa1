//! The superblock, block 0.
