use crate::error::{Error, ErrorKind};

/// One of the library's backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Memory,
    Embedded,
    Redis,
    Postgres,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Memory, Self::Embedded, Self::Redis, Self::Postgres];

    /// What documents and variables call it; its feature, too.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Embedded => "embedded",
            Self::Redis => "redis",
            Self::Postgres => "postgres",
        }
    }

    const fn schemes(self) -> &'static [&'static str] {
        match self {
            Self::Memory => &["memory:"],
            Self::Embedded => &["file://"],
            Self::Redis => &[
                "redis://",
                "rediss://",
                "redis+unix://",
                "redis+sentinel://",
                "rediss+sentinel://",
                "redis+cluster://",
                "rediss+cluster://",
            ],
            Self::Postgres => &["postgres://", "postgresql://"],
        }
    }

    const fn is_compiled_in(self) -> bool {
        match self {
            Self::Memory => cfg!(feature = "memory"),
            Self::Embedded => cfg!(feature = "embedded"),
            Self::Redis => cfg!(feature = "redis"),
            Self::Postgres => cfg!(feature = "postgres"),
        }
    }

    fn there_are() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.is_compiled_in())
    }

    /// The backend of this name.
    ///
    /// # Errors
    /// What is wrong with a name that is none.
    pub(super) fn named(label: &str, name: &str) -> Result<Self, String> {
        Self::found(
            |kind| kind.name() == name,
            || {
                let known = Self::there_are().map(Self::name);
                format!("{label} must be one of {}", quoted(known))
            },
        )
    }

    /// The backend of a URL. `label` is what messages call the URL, which none of them quotes.
    ///
    /// # Errors
    /// What is wrong with a URL of no backend.
    pub(super) fn of_url(label: &str, url: &str) -> Result<Self, String> {
        let begins = |kind: Self| kind.schemes().iter().any(|scheme| url.starts_with(scheme));
        Self::found(begins, || {
            let known = Self::there_are().flat_map(|kind| kind.schemes().iter().copied());
            format!("{label} must begin with one of {}", quoted(known))
        })
    }

    fn found(is: impl Fn(Self) -> bool, none: impl Fn() -> String) -> Result<Self, String> {
        match Self::ALL.into_iter().find(|kind| is(*kind)) {
            Some(kind) if kind.is_compiled_in() => Ok(kind),
            Some(kind) => Err(format!(
                "{}; for {} compile the feature `{1}` of typed-state in",
                none(),
                kind.name()
            )),
            None => Err(none()),
        }
    }

    /// Whether a document may have a table of this name.
    pub(super) fn is_name(name: &str) -> bool {
        Self::ALL.iter().any(|kind| kind.name() == name)
    }
}

/// The error that says why no backend could be chosen.
pub(super) fn refused(mistakes: &[String]) -> Error {
    let message = format!("of the choice of a backend: {}", mistakes.join("; "));
    Error::new(ErrorKind::Configuration, message)
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
