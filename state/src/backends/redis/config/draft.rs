use super::address::{Address, HostPort};
use super::mode::{Mode, ModeName};
use super::options::Options;
use super::rows::ROWS;
use super::url;
use crate::backends::options::{self, Form, Row};

/// A configuration while it is put together: any of it may be missing yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) mode: Option<ModeName>,
    pub(super) server: Option<Address>,
    pub(super) sentinels: Vec<HostPort>,
    pub(super) service: Option<String>,
    pub(super) nodes: Vec<HostPort>,
    pub(super) options: Options,
}

impl options::Draft for Draft {
    type Options = Options;

    const OF: &'static str = "Redis backend";
    const VARIABLES: &'static str = "STATE_REDIS_";
    const EXAMPLE: &'static str = "redis://localhost:6379";
    const IN_PLACE_OF_URL: Option<&'static str> = Some("mode");

    fn rows() -> &'static [Row<Self>] {
        ROWS
    }

    fn options(&self) -> &Options {
        &self.options
    }

    fn read_url(form: &mut Form<Self>, label: &str, url: &str) {
        url::read(form, label, url);
    }
}

impl Draft {
    /// The mode with its addresses: exactly those that belong to it.
    ///
    /// # Errors
    /// Says what is missing or too much.
    pub(super) fn mode(&self) -> Result<Mode, String> {
        let Some(mode) = self.mode else {
            return Err("`mode` is missing: give `standalone`, `sentinel` or `cluster`".to_owned());
        };
        let given = [
            ("server", ModeName::Standalone, self.server.is_some()),
            ("sentinels", ModeName::Sentinel, !self.sentinels.is_empty()),
            ("service", ModeName::Sentinel, self.service.is_some()),
            ("nodes", ModeName::Cluster, !self.nodes.is_empty()),
        ];
        for (name, owner, is_given) in given {
            if is_given && owner != mode {
                return Err(format!(
                    "`{name}` belongs to mode `{owner}`, but the mode is `{mode}`: leave one of them out"
                ));
            }
        }
        let missing = |name| format!("`{name}` is missing: mode `{mode}` needs it");
        match mode {
            ModeName::Standalone => {
                let server = self.server.clone().ok_or_else(|| missing("server"))?;
                Ok(Mode::Standalone { server })
            }
            ModeName::Sentinel if self.sentinels.is_empty() => Err(missing("sentinels")),
            ModeName::Sentinel => Ok(Mode::Sentinel {
                sentinels: self.sentinels.clone(),
                service: self.service.clone().ok_or_else(|| missing("service"))?,
            }),
            ModeName::Cluster if self.nodes.is_empty() => Err(missing("nodes")),
            ModeName::Cluster => Ok(Mode::Cluster {
                nodes: self.nodes.clone(),
            }),
        }
    }
}
