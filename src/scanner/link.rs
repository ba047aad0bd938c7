//! Links: from a decoded view back to the bytes of its blob.

use crate::blob::{Map, Span};

/// One decoding on the way from the blob to the bytes looked at.
pub(super) struct Link<'a> {
    /// The bytes of the parent that were decoded.
    pub(super) span: &'a Span,
    /// Where each byte of the view comes from.
    pub(super) map: &'a Map,
    /// The encoding that was undone.
    pub(super) layer: &'static str,
    /// Format and password of the container that was opened on this step; it
    /// is no layer then, but what the key is reported as.
    pub(super) opened: Option<(&'static str, Option<&'static str>)>,
    /// The step before.
    pub(super) up: Option<&'a Self>,
}

impl Link<'_> {
    /// Returns the blob's bytes that a span of the view was decoded from.
    pub(super) fn root_span(&self, span: &Span) -> Span {
        let parent = self.map.span(span, self.span);
        self.up.map_or(parent.clone(), |up| up.root_span(&parent))
    }

    /// Returns how many steps lead here.
    pub(super) fn depth(&self) -> u8 {
        1 + self.up.map_or(0, Link::depth)
    }

    /// Returns the encodings that were undone, the outermost first.
    pub(super) fn layers(&self) -> Vec<&'static str> {
        let mut layers = self.up.map(Link::layers).unwrap_or_default();
        if self.opened.is_none() {
            layers.push(self.layer);
        }
        layers
    }

    /// Returns format and password of the innermost container that was opened.
    pub(super) fn opened(&self) -> Option<(&'static str, Option<&'static str>)> {
        self.opened.or_else(|| self.up.and_then(Link::opened))
    }
}
