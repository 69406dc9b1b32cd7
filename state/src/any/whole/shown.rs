use std::fmt;

use super::config::StoreConfig;
use super::options::Options;
use super::rows::ROWS;

impl fmt::Display for StoreConfig {
    /// As a TOML document without passwords, of what is not at its default.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "url = \"{}\"", self.backend)?;
        let default = Options::default();
        let changed = ROWS.iter().filter_map(|row| {
            let shown = (row.show)(&self.options);
            Some((row.name, shown.clone()?)).filter(|_| shown != (row.show)(&default))
        });
        let mut changed = changed.peekable();
        if changed.peek().is_some() {
            writeln!(f, "\n[store]")?;
        }
        for (name, value) in changed {
            writeln!(f, "{name} = \"{value}\"")?;
        }
        Ok(())
    }
}
