//! Who runs PostgreSQL, which refuses to be run by root.

use std::fs;

/// A user of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Account {
    /// Somebody with fewer rights, if we are root: the user that the package
    /// made, or nobody.
    pub(super) fn for_postgres() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| find(&users, name))
    }
}

fn find(users: &str, name: &str) -> Option<Account> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let mut numbers = fields.skip(1).map(str::parse);
        Some(Account {
            user: numbers.next()?.ok()?,
            group: numbers.next()?.ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name() {
        let users = "root:x:0:0:root:/root:/bin/bash\npostgres:x:104:109::/var:/bin/bash\n";
        let expected = Account {
            user: 104,
            group: 109,
        };
        assert_eq!(find(users, "postgres"), Some(expected));
        assert_eq!(find(users, "nobody"), None);
    }
}
