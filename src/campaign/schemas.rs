//! JSON schemas, read and compiled once.

use std::path::Path;
use std::sync::Arc;

use dashmap::DashMap;
use jsonschema::Validator;

/// Schemas by the path that steps name.
#[derive(Default)]
pub struct Schemas {
    compiled: DashMap<String, Arc<Validator>>,
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schemas")
            .field("count", &self.compiled.len())
            .finish()
    }
}

impl Schemas {
    /// The schema in the file `path`.
    ///
    /// # Errors
    ///
    /// When there is no such file, or it holds no JSON schema: what is wrong.
    pub fn get(&self, path: &str) -> Result<Arc<Validator>, String> {
        if let Some(validator) = self.compiled.get(path) {
            return Ok(Arc::clone(&validator));
        }
        let text = std::fs::read_to_string(Path::new(path))
            .map_err(|error| format!("cannot read the schema `{path}`: {error}"))?;
        let json: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| format!("the schema `{path}` is no JSON: {error}"))?;
        let validator = jsonschema::validator_for(&json)
            .map_err(|error| format!("`{path}` is no JSON schema: {error}"))?;
        let validator = Arc::new(validator);
        self.compiled
            .insert(path.to_owned(), Arc::clone(&validator));
        Ok(validator)
    }
}
