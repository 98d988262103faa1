//! Numbers and bytes as text, without one allocation per entry: a dump writes millions of them.

/// Appends a number in decimal.
pub fn decimal(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends bytes in base64, padded.
pub fn base64(out: &mut Vec<u8>, bytes: &[u8]) {
    for group in bytes.chunks(3) {
        let at = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let sextet = (bits >> (18 - 6 * i) & 63) as usize;
            out.push(if i <= group.len() { ALPHABET[sextet] } else { b'=' });
        }
    }
}

/// Reads padded base64.
#[must_use]
pub fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for (n, group) in text.chunks_exact(4).enumerate() {
        let last = (n + 1) * 4 == text.len();
        let pad = group.iter().rev().take_while(|c| **c == b'=').count();
        if pad > 2 || pad > 0 && !last {
            return None;
        }
        let mut bits = 0;
        for c in &group[..4 - pad] {
            bits = bits << 6 | ALPHABET.iter().position(|a| a == c)? as u32;
        }
        bits <<= 6 * pad;
        out.extend_from_slice(&bits.to_be_bytes()[1..4 - pad]);
    }
    Some(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn base64_reads_what_it_writes() {
        for len in 0..20u8 {
            let bytes: Vec<u8> = (0..len).map(|i| i.wrapping_mul(91) ^ 0xa5).collect();
            let mut text = Vec::new();
            base64(&mut text, &bytes);
            assert_eq!(from_base64(&text).unwrap(), bytes);
        }
    }

    #[test]
    fn a_hint_of_63_is_written_as_cache_dump_writes_it() {
        let mut text = Vec::new();
        base64(&mut text, &63u32.to_le_bytes());
        assert_eq!(text, b"PwAAAA==");
    }

    #[test]
    fn decimal_writes_the_ends_of_the_range() {
        for n in [0, 9, 10, u64::MAX] {
            let mut text = Vec::new();
            decimal(&mut text, n);
            assert_eq!(text, n.to_string().into_bytes());
        }
    }
}
