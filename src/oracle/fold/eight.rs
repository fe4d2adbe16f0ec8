//! Eight bytes at a time, as one number. Compilers do not find out by themselves
//! how to fold so many at once.

/// Bytes that are folded together.
pub(super) const EIGHT: usize = 8;

const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte, which no ASCII has.
const HIGH: u64 = 0x80 * ONES;

const SPACES: u64 = 0x20 * ONES;

/// `bytes` folded, and whether the last of them is white space; `None` when more
/// than case and the kind of white space changes: they are no ASCII, or white
/// space follows white space, with which `spaced` says that the text before ends.
#[inline]
pub(super) fn folded(bytes: [u8; EIGHT], spaced: bool) -> Option<([u8; EIGHT], bool)> {
    let word = u64::from_le_bytes(bytes);
    let control = between(word, b'\t', b'\r');
    let space = control | (!at_least(word ^ SPACES, 1) & HIGH);
    // What comes earlier in the text is lower in the number.
    let doubled = space & ((space << 8) | (u64::from(spaced) << 7));
    if (word & HIGH) | doubled != 0 {
        return None;
    }
    // All bits of the bytes that become a space.
    let replaced = (control >> 7) * 0xff;
    let lower = word | (between(word, b'A', b'Z') >> 2);
    let folded = (lower & !replaced) | (SPACES & replaced);
    Some((folded.to_le_bytes(), space >> 63 != 0))
}

/// The highest bit of each byte of `word` that is `least` or more, for ASCII.
#[inline]
fn at_least(word: u64, least: u8) -> u64 {
    word.wrapping_add(u64::from(0x80 - least) * ONES)
}

#[inline]
fn between(word: u64, least: u8, most: u8) -> u64 {
    at_least(word, least) & !at_least(word, most + 1) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_folded_in_every_place() {
        for byte in 0..=u8::MAX {
            for at in 0..EIGHT {
                let mut bytes = *b"xYz-1\x7f@[";
                let mut wanted = *b"xyz-1\x7f@[";
                bytes[at] = byte;
                let space = matches!(byte, b'\t'..=b'\r' | b' ');
                wanted[at] = if space {
                    b' '
                } else {
                    byte.to_ascii_lowercase()
                };
                let ends = space && at == EIGHT - 1;
                let found = byte.is_ascii().then_some((wanted, ends));
                assert_eq!(folded(bytes, false), found, "{byte} at {at}");
                let begins = space && at == 0;
                let found = found.filter(|_| !begins);
                assert_eq!(folded(bytes, true), found, "{byte} at {at} behind space");
            }
        }
        assert_eq!(folded(*b"ab \tcdef", false), None);
    }
}
