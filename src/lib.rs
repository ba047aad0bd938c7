//! straykey
