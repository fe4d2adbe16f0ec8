//! The bounds of one look.

use super::bytes::is_container;

/// Layers within layers.
const DEEPEST: u32 = 8;

/// Layers in one response.
const MOST_LAYERS: u32 = 4_000;

/// Text that layers may hold, for each byte of the body and at least.
const BYTES_PER_BYTE: usize = 6;

/// Documents and archives hold so many times more than other bodies.
const PACKED: usize = 4;
const FEWEST_BYTES: usize = 1 << 20;
const MOST_BYTES: usize = 64 << 20;

/// What is left to spend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    depth: u32,
    layers: u32,
    bytes: usize,
}

impl Budget {
    pub(super) fn for_body(bytes: usize) -> Self {
        Self {
            depth: DEEPEST,
            layers: MOST_LAYERS,
            bytes: bytes
                .saturating_mul(BYTES_PER_BYTE)
                .clamp(FEWEST_BYTES, MOST_BYTES),
        }
    }

    /// The same of these very bytes, of which much can be packed.
    pub(super) fn for_bytes(bytes: &[u8]) -> Self {
        let times = if is_container(bytes) { PACKED } else { 1 };
        Self::for_body(bytes.len().saturating_mul(times))
    }

    /// How many more bytes may be undone: none where no layer fits in that could
    /// hold them, so that nothing is unpacked in vain.
    pub(super) fn room(&self) -> usize {
        if self.is_spent() { 0 } else { self.bytes }
    }

    /// Takes note of `bytes` that were undone without a layer of their own.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Whether no further layer fits in.
    pub(super) fn is_spent(&self) -> bool {
        self.depth == 0 || self.layers == 0 || self.bytes == 0
    }

    /// Begins a layer that holds `bytes`; `false` when that is too much.
    pub(super) fn enter(&mut self, bytes: usize) -> bool {
        if self.depth == 0 || self.layers == 0 || self.bytes < bytes {
            return false;
        }
        self.depth -= 1;
        self.layers -= 1;
        self.bytes -= bytes;
        true
    }

    /// Ends the layer begun last.
    pub(super) fn leave(&mut self) {
        self.depth += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn a_look_ends_at_whichever_bound_comes_first() {
        // In depth: what has ended makes room for others.
        let mut deep = Budget::for_body(0);
        for _ in 0..8 {
            assert!(!deep.is_spent() && deep.enter(1));
        }
        assert!(deep.is_spent() && !deep.enter(1));
        assert_eq!(deep.room(), 0);
        deep.leave();
        assert_eq!(deep.room(), MIB - 8);
        assert!(!deep.is_spent() && deep.enter(1));
        // In number, wherever they are.
        let mut many = Budget::for_body(0);
        for entered in 0..4_000 {
            assert_eq!(many.room(), MIB - entered);
            assert!(!many.is_spent() && many.enter(1));
            many.leave();
        }
        assert!(many.is_spent() && !many.enter(1));
        assert_eq!(many.room(), 0);
        // In size, to the last byte.
        let mut large = Budget::for_body(0);
        assert!(!large.enter(MIB + 1) && large.enter(MIB - 1));
        assert!(!large.is_spent() && large.enter(1));
        assert!(large.is_spent() && !large.enter(1));
        // With a layer or without.
        let mut spent = Budget::for_body(0);
        spent.spend(MIB - 1);
        assert_eq!(spent.room(), 1);
        spent.spend(2);
        assert!(spent.is_spent());
    }

    #[test]
    fn larger_bodies_may_hold_more() {
        for (bytes, room) in [
            (0, MIB),
            (MIB / 6, MIB),
            (MIB, 6 * MIB),
            (20 * MIB, 64 * MIB),
            (usize::MAX, 64 * MIB),
        ] {
            assert_eq!(Budget::for_body(bytes).room(), room, "{bytes}");
        }
        // Documents and archives hold four times that.
        let mut body = vec![b' '; MIB];
        assert_eq!(Budget::for_bytes(&body).room(), 6 * MIB);
        body[..5].copy_from_slice(b"%PDF-");
        assert_eq!(Budget::for_bytes(&body).room(), 24 * MIB);
    }
}
