//! One record, or one file of records, as importers see it.

use serde_json::{Map, Value};

/// What an importer is given.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The file, below the folder that was named, `/`-separated.
    pub path: &'a str,
    /// The bytes of the whole file.
    pub bytes: &'a [u8],
    /// The text of the file, if it is text.
    pub text: Option<&'a str>,
    /// The JSON value, if the file is JSON.
    pub json: Option<&'a Value>,
}

impl<'a> Document<'a> {
    /// Returns the JSON object, if it is one.
    #[must_use]
    pub fn object(&self) -> Option<&'a Map<String, Value>> {
        self.json.and_then(Value::as_object)
    }

    /// Returns the file's name without folder and ending.
    #[must_use]
    pub fn stem(&self) -> &'a str {
        let name = self.path.rsplit('/').next().unwrap_or(self.path);
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => name,
        }
    }

    /// Returns the folder of the file, empty at the top.
    #[must_use]
    pub fn folder(&self) -> &'a str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}
