//! How the service tells which instance answered.

use super::header::Name;
use super::reader::Reader;

/// Headers that tell who answered, in lower case.
#[derive(Clone, Debug)]
pub struct InstanceConfig {
    /// Names the instance.
    pub header: String,
    /// Tells one life of an instance from the next.
    pub incarnation_header: String,
}

impl InstanceConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            header: reader.value("instance.header", Name::of("x-instance")).0,
            incarnation_header: reader
                .value("instance.incarnation-header", Name::of("x-incarnation"))
                .0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{problems, profile};

    #[test]
    fn instances_are_told_by_headers() {
        let instance = profile("").instance;
        assert_eq!(instance.header, "x-instance");
        assert_eq!(instance.incarnation_header, "x-incarnation");
        let instance = profile("instance.header = 'X-Served-By'").instance;
        assert_eq!(instance.header, "x-served-by");
        assert!(problems("instance.header = 'a b'")[0].contains("expected the name of a header"));
    }
}
