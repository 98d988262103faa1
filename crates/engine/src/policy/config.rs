//! Policy options: none has any effect any more, but `mq` still knows the names of its five.

use super::{Policy, Refusal};
use crate::errno::Errno;

/// The tunables of the old multiqueue, in the order of the status line.
const DEAD_TUNABLES: [&str; 5] =
    ["random_threshold", "sequential_threshold", "discard_promote_adjustment", "read_promote_adjustment", "write_promote_adjustment"];

impl Policy {
    /// Sets an option from the table line or a message (`policy_set_config_value`); returns log lines.
    ///
    /// # Errors
    /// `EINVAL` for a value that is no number or an unknown key. Nothing is logged then: the caller names key and value.
    pub fn set_config(&mut self, key: &str, value: &str) -> Result<Vec<String>, Refusal> {
        let known = self.kind.mimics_mq && is_unsigned_long(value) && DEAD_TUNABLES.iter().any(|t| t.eq_ignore_ascii_case(key));
        if !known {
            return Err(Refusal { errno: Errno::Inval, log: Vec::new() });
        }
        Ok(vec![format!("device-mapper: cache-policy-smq: tunable '{key}' no longer has any effect, mq policy is now an alias for smq")])
    }

    /// The options in the status line: their number, then key and value, each with a space behind it (`policy_emit_config_values`).
    #[must_use]
    pub fn status_args(&self) -> String {
        if self.kind.mimics_mq {
            let pairs: String = DEAD_TUNABLES.iter().map(|t| format!("{t} 0 ")).collect();
            return format!("{} {pairs}", 2 * DEAD_TUNABLES.len());
        }
        "0 ".into()
    }
}

/// What `kstrtoul` to base 10 takes: digits, perhaps a plus sign, 64 bits, perhaps a newline at the end.
fn is_unsigned_long(value: &str) -> bool {
    let value = value.strip_suffix('\n').unwrap_or(value);
    let digits = value.strip_prefix('+').unwrap_or(value);
    digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u64>().is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::is_unsigned_long;
    use crate::errno::Errno;
    use crate::policy::Policy;

    fn policy(name: &str) -> Policy {
        Policy::create(name, 256, 262_144, 128, 0).unwrap()
    }

    #[test]
    fn mq_takes_its_dead_tunables_and_says_so() {
        let log = policy("mq").set_config("random_threshold", "4").unwrap();
        assert_eq!(
            log,
            ["device-mapper: cache-policy-smq: tunable 'random_threshold' no longer has any effect, mq policy is now an alias for smq"]
        );
        assert_eq!(policy("mq").set_config("random_threshold", "abc").unwrap_err().errno, Errno::Inval);
        assert_eq!(policy("mq").set_config("foo", "1").unwrap_err().errno, Errno::Inval);
    }

    #[test]
    fn the_others_take_nothing() {
        for name in ["smq", "default", "cleaner"] {
            assert_eq!(policy(name).set_config("sequential_threshold", "100").unwrap_err().errno, Errno::Inval);
            assert_eq!(policy(name).status_args(), "0 ");
        }
    }

    #[test]
    fn mq_shows_ten_words() {
        assert_eq!(
            policy("mq").status_args(),
            "10 random_threshold 0 sequential_threshold 0 discard_promote_adjustment 0 read_promote_adjustment 0 write_promote_adjustment 0 "
        );
    }

    #[test]
    fn numbers_are_the_kernels() {
        for good in ["0", "+4", "18446744073709551615", "7\n"] {
            assert!(is_unsigned_long(good), "{good}");
        }
        for bad in ["", "+", "-1", "0x4", "18446744073709551616", " 4", "++4"] {
            assert!(!is_unsigned_long(bad), "{bad}");
        }
    }
}
