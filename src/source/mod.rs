//! Where bytes come from: each source feeds blobs to a scanner and knows nothing of keys.
//!
//! Place in the flow: the first stage; everything after it sees only bytes and their origin.

pub mod git;
