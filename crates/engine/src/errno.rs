//! Linux error numbers, as the simulated kernel returns them.

use std::fmt;

macro_rules! errnos {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal, $text:literal;)*) => {
        /// A Linux errno. [`Errno::number`] is positive; kernel messages print it negated.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum Errno {
            $(#[doc = $text] $variant,)*
        }

        impl Errno {
            /// The positive number, as in `errno.h`.
            #[must_use]
            pub const fn number(self) -> i32 {
                match self { $(Self::$variant => $number,)* }
            }
            /// The symbolic name, `EINVAL` and so on.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
            /// What `strerror` says of it.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

errnos! {
    Perm = 1, "EPERM", "Operation not permitted";
    NoEnt = 2, "ENOENT", "No such file or directory";
    Intr = 4, "EINTR", "Interrupted system call";
    Io = 5, "EIO", "Input/output error";
    NxIo = 6, "ENXIO", "No such device or address";
    BadF = 9, "EBADF", "Bad file descriptor";
    Again = 11, "EAGAIN", "Resource temporarily unavailable";
    NoMem = 12, "ENOMEM", "Cannot allocate memory";
    NotBlk = 15, "ENOTBLK", "Block device required";
    Busy = 16, "EBUSY", "Device or resource busy";
    Exist = 17, "EEXIST", "File exists";
    NoDev = 19, "ENODEV", "No such device";
    Inval = 22, "EINVAL", "Invalid argument";
    FBig = 27, "EFBIG", "File too large";
    NoSpc = 28, "ENOSPC", "No space left on device";
    RoFs = 30, "EROFS", "Read-only file system";
    Range = 34, "ERANGE", "Numerical result out of range";
    NoData = 61, "ENODATA", "No data available";
    IlSeq = 84, "EILSEQ", "Invalid or incomplete multibyte or wide character";
    OpNotSupp = 95, "EOPNOTSUPP", "Operation not supported";
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for Errno {}
