//! The options as text says them: a URL, TOML, environment variables.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Durability, Embedded, EmbeddedBuilder};
use crate::backends::options::checks::{flag, put, put_some, shown_path};
use crate::backends::options::percent::Encoded;
use crate::backends::options::{
    self, Form, Kind, Parameters, Place, Reader, Row, Sources, Url, duration, duration_or_none,
    number, refused,
};
use crate::error::Result;

/// The options of an [`Embedded`] that text can say.
#[derive(Debug, Clone, Default)]
pub(crate) struct EmbeddedConfig {
    options: Options,
}

#[derive(Debug, Clone)]
pub(crate) struct Options {
    directory: Option<PathBuf>,
    durability: Durability,
    cache_size: u64,
    page_cache_size: u64,
    sweep_every: Option<Duration>,
    verify: bool,
}

impl Default for Options {
    fn default() -> Self {
        let builder = EmbeddedBuilder::new(Path::new(""));
        Self {
            directory: None,
            durability: builder.durability,
            cache_size: builder.cache_size as u64,
            page_cache_size: builder.page_cache_size as u64,
            sweep_every: builder.sweep_every,
            verify: builder.verify,
        }
    }
}

impl EmbeddedConfig {
    /// What these say.
    pub(crate) fn of_sources(sources: &Sources<'_>) -> Result<Self> {
        let config = Form::<Self>::of_sources(sources).finish()?;
        if config.options.directory.is_none() {
            return Err(refused::<Self>(&["`directory` is missing".to_owned()]));
        }
        Ok(config)
    }

    /// The store.
    pub(crate) async fn open(&self) -> Result<Embedded> {
        let options = self.options.clone();
        let size = |bytes| usize::try_from(bytes).unwrap_or(usize::MAX);
        Embedded::builder(options.directory.unwrap_or_default())
            .durability(options.durability)
            .cache_size(size(options.cache_size))
            .page_cache_size(size(options.page_cache_size))
            .sweep_every(options.sweep_every)
            .verify(options.verify)
            .open()
            .await
    }
}

static ROWS: &[Row<EmbeddedConfig>] = &[
    DIRECTORY,
    Row {
        name: "durability",
        expects: "`synced`, or how long an acknowledged write may be unsafe: a duration from 1ms to 1h, such as `50ms`",
        set: |draft, text| put(&mut draft.options.durability, durability(text)),
        allowed: |options| match options.durability {
            Durability::Synced => true,
            Durability::Relaxed { interval } => duration::lies_in(interval, "1ms", "1h"),
        },
        show: |options| match options.durability {
            Durability::Synced => Some("synced".to_owned()),
            Durability::Relaxed { interval } => Some(duration::show(interval)),
        },
        ..Row::TEXT
    },
    number!(cache_size, 0, 1_099_511_627_776),
    number!(page_cache_size, 0, 1_099_511_627_776),
    duration_or_none!(sweep_every, "1ms", "24h"),
    Row {
        name: "verify",
        expects: "`true` or `false`",
        kind: Kind::Flag,
        set: |draft, text| put(&mut draft.options.verify, flag(text)),
        show: |options| Some(options.verify.to_string()),
        ..Row::TEXT
    },
];

const DIRECTORY: Row<EmbeddedConfig> = Row {
    name: "directory",
    expects: "a directory",
    place: Place::In("path"),
    set: |draft, text| {
        let directory = (!text.is_empty() && !text.contains('\0')).then(|| text.into());
        put_some(&mut draft.options.directory, directory)
    },
    show: |options| options.directory.as_ref().map(shown_path),
    ..Row::TEXT
};

fn durability(text: &str) -> Option<Durability> {
    match text {
        "synced" => Some(Durability::Synced),
        _ => duration::read(text).map(|interval| Durability::Relaxed { interval }),
    }
}

impl options::Draft for EmbeddedConfig {
    type Options = Options;

    const OF: &'static str = "embedded backend";
    const VARIABLES: &'static str = "STATE_EMBEDDED_";
    const EXAMPLE: &'static str = "file:///var/lib/app/state";
    const IN_PLACE_OF_URL: Option<&'static str> = Some("directory");

    fn rows() -> &'static [Row<Self>] {
        ROWS
    }

    fn options(&self) -> &Options {
        &self.options
    }

    fn read_url(form: &mut Form<Self>, label: &str, url: &str) {
        let mut reader = Reader { form, label };
        if let Err(mistake) = read_url(&mut reader, url) {
            reader.mistake(mistake);
        }
    }
}

fn read_url(reader: &mut Reader<'_, EmbeddedConfig>, url: &str) -> Result<(), &'static str> {
    const SHAPE: &str = "must be `file:///` and the path of a directory from the root on";
    let Some(("file", rest)) = Url::scheme(url)? else {
        return Err(SHAPE);
    };
    let url = Url::parts(rest)?;
    if url.user.is_some() || !url.hosts.is_empty() || url.path.is_empty() {
        return Err(SHAPE);
    }
    reader.encoded(&DIRECTORY, url.path);
    for (name, value) in url
        .query
        .map(|query| reader.parameters(query, |name| name))
        .unwrap_or_default()
    {
        reader.parameter(name, value);
    }
    Ok(())
}

impl fmt::Display for EmbeddedConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directory = self.options.directory.as_ref().map(shown_path);
        write!(f, "file://{}", Encoded(&directory.unwrap_or_default()))?;
        Parameters::of(f).write_changed::<Self>(&self.options)
    }
}
