//! straykey

pub mod identity;
pub mod key;
pub mod wire;
