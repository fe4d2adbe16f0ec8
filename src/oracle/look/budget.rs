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

    /// How many more bytes may be undone.
    pub(super) fn room(&self) -> usize {
        self.bytes
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
