//! Making a metadata object: reading a formatted device or formatting a blank one (`__open_or_format_metadata`).

use super::object::{InCore, Object, dmerr};
use super::superblock::{self, CLEAN_SHUTDOWN, Superblock, VALIDATOR};
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheId, Event};
use crate::persistent_data::{Array, Bitset, BlockManager, TransactionManager};

/// What an opener asks for. A shared object keeps its first opener's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenArgs {
    /// Sectors of a cache block.
    pub data_block_size: u64,
    /// Whether a blank device may be formatted; else EPERM.
    pub may_format: bool,
    /// Bytes per hint of the policy.
    pub policy_hint_size: u32,
    /// 1 or 2, for a device that is formatted.
    pub version: u32,
}

/// Why a block manager could not become a transaction manager, with the block manager returned.
type Refused = (BlockManager, Errno);

impl Object {
    /// `metadata_open` up to the superblock: reads block 0 and the space map's index, or formats a blank device.
    pub(super) fn create(host: &mut dyn Host, by: CacheId, bdev: DevNo, args: OpenArgs) -> Result<Self, Errno> {
        let mut object = Self {
            id: host.fresh_id(),
            bdev,
            ref_count: 1,
            holders: vec![by],
            tm: None,
            core: InCore {
                version: args.version,
                data_block_size: args.data_block_size,
                policy_hint_size: args.policy_hint_size,
                ..InCore::default()
            },
            hint_info: args.policy_hint_size != 0,
            discard_info: Bitset::default(),
            dirty_info: Bitset::default(),
            changed: true,
            clean_when_opened: false,
            fail_io: false,
        };
        let bm = BlockManager::new(host, bdev);
        let client = bm.client_id();
        match object.open_or_format(host, bm, args.may_format) {
            Ok(formatted) => {
                if host.listening() {
                    host.event(Event::ObjectOpened { object: object.id, client, dev: bdev, by, formatted });
                    host.event(Event::ReferenceTaken { object: object.id, by, ref_count: 1 });
                    host.event(Event::ObjectFields { object: object.id, fields: Box::new(object.fields()) });
                }
                Ok(object)
            }
            Err((bm, errno)) => {
                bm.destroy(host);
                Err(errno)
            }
        }
    }

    /// `__open_or_format_metadata`; returns whether it formatted.
    pub(super) fn open_or_format(&mut self, host: &mut dyn Host, mut bm: BlockManager, may_format: bool) -> Result<bool, Refused> {
        let unformatted = match bm.read(host, superblock::LOCATION, None) {
            Ok(page) => superblock::is_unformatted(&page),
            Err(errno) => return Err((bm, errno)),
        };
        match (unformatted, may_format) {
            (false, _) => self.open_metadata(host, bm).map(|()| false),
            (true, true) => self.format_metadata(host, bm).map(|()| true),
            (true, false) => Err((bm, Errno::Perm)),
        }
    }

    /// `__open_metadata`.
    fn open_metadata(&mut self, host: &mut dyn Host, mut bm: BlockManager) -> Result<(), Refused> {
        let page = match bm.read(host, superblock::LOCATION, Some(&VALIDATOR)) {
            Ok(page) => page,
            Err(errno) => {
                dmerr(host, "couldn't read lock superblock");
                return Err((bm, errno));
            }
        };
        let sb = Superblock::decode(page.bytes());
        if u64::from(sb.data_block_size) != self.core.data_block_size {
            let (old, new) = (sb.data_block_size, self.core.data_block_size);
            dmerr(host, &format!("changing the data block size (from {old} to {new}) is not supported"));
            return Err((bm, Errno::Inval));
        }
        if let Err(errno) = self.check_incompat_features(host, &sb) {
            return Err((bm, errno));
        }
        match TransactionManager::open_with_sm(host, bm, &sb.sm_root) {
            Ok(tm) => self.tm = Some(tm),
            Err((bm, errno)) => {
                dmerr(host, "tm_open_with_sm failed");
                return Err((bm, errno));
            }
        }
        self.discard_info = Bitset::default();
        self.dirty_info = Bitset::default();
        self.clean_when_opened = sb.flags & CLEAN_SHUTDOWN != 0;
        Ok(())
    }

    /// `__check_incompat_features`: no optional feature is known.
    fn check_incompat_features(&self, host: &mut dyn Host, sb: &Superblock) -> Result<(), Errno> {
        let text = "due to unsupported optional features";
        if sb.incompat_flags != 0 {
            dmerr(host, &format!("could not access metadata {text} ({:x}).", sb.incompat_flags));
            return Err(Errno::Inval);
        }
        if !host.is_read_only(self.bdev) && sb.compat_ro_flags != 0 {
            dmerr(host, &format!("could not access metadata RDWR {text} ({:x}).", sb.compat_ro_flags));
            return Err(Errno::Inval);
        }
        Ok(())
    }

    /// `__format_metadata`.
    fn format_metadata(&mut self, host: &mut dyn Host, bm: BlockManager) -> Result<(), Refused> {
        let mut tm = match TransactionManager::create_with_sm(host, bm, superblock::LOCATION) {
            Ok(tm) => tm,
            Err((bm, errno)) => {
                dmerr(host, "tm_create_with_sm failed");
                return Err((bm, errno));
            }
        };
        self.discard_info = Bitset::default();
        self.dirty_info = Bitset::default();
        match self.write_first_metadata(host, &mut tm) {
            Ok(()) => {
                self.clean_when_opened = true;
                self.tm = Some(tm);
                Ok(())
            }
            Err(errno) => Err((tm.into_bm(), errno)),
        }
    }

    /// The empty arrays and `__write_initial_superblock`.
    fn write_first_metadata(&mut self, host: &mut dyn Host, tm: &mut TransactionManager) -> Result<(), Errno> {
        let core = &mut self.core;
        core.root = Array::LE64.empty(host, tm)?;
        if core.separate_dirty_bits() {
            core.dirty_root = self.dirty_info.empty(host, tm)?;
        }
        core.discard_root = self.discard_info.empty(host, tm)?;
        core.discard_block_size = 0;
        core.discard_nr_blocks = 0;

        tm.pre_commit(host)?;
        let sm_root = tm.sm.root();
        let mut locked = tm.bm.write_lock_zero(host, superblock::LOCATION, Some(&VALIDATOR))?;
        let page = locked.bytes_mut();
        superblock::put_identity(page, core.version, core.data_block_size);
        let fresh = InCore { policy_hint_size: 0, ..*core };
        superblock::put_commit(page, &fresh, false);
        superblock::put_sm_root(page, &sm_root);
        tm.commit(host, locked)
    }

    /// `__destroy_persistent_data_objects`: the buffer cache is destroyed last and writes its dirty buffers.
    pub(super) fn destroy(self, host: &mut dyn Host) {
        if let Some(tm) = self.tm {
            tm.into_bm().destroy(host);
        }
        if host.listening() {
            host.event(Event::ObjectDestroyed { object: self.id });
        }
    }
}
