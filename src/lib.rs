//! straykey

pub mod source;
