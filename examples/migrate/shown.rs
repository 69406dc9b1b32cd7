//! What a person sees of a move.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use typed_state::checkpoint::{DiffCounts, Manifest, Progress};

/// How far a step has come, on the terminal, if there is one.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(what: &'static str) -> Self {
        let bar = ProgressBar::no_length().with_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    pub(crate) fn show(&self, now: &Progress) {
        if self.0.length() != now.total {
            let style = match now.total {
                Some(_) => "{msg} {wide_bar} {human_pos} of {human_len} entries",
                None => "{msg} {spinner} {human_pos} entries",
            };
            self.0.set_style(
                ProgressStyle::with_template(style)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            now.total
                .into_iter()
                .for_each(|total| self.0.set_length(total));
        }
        self.0.set_position(now.entries);
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// How many entries differ, by their namespaces.
#[derive(Debug)]
pub(crate) struct Differing(pub(crate) BTreeMap<String, DiffCounts>);

impl Differing {
    pub(crate) fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Differing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (namespace, counts)) in self.0.iter().enumerate() {
            let DiffCounts {
                added,
                removed,
                changed,
                ..
            } = counts;
            let comma = if number == 0 { "" } else { "; " };
            write!(
                f,
                "{comma}`{namespace}` {added} more, {removed} fewer, {changed} changed"
            )?;
        }
        Ok(())
    }
}

/// What became of a move.
#[derive(Debug)]
pub(crate) struct Moved {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) manifest: Manifest,
    /// Entries whose time was over before they were written.
    pub(crate) expired: u64,
    /// What was written to the old store meanwhile.
    pub(crate) written: Differing,
    pub(crate) took: Duration,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED);
        table.set_header(["namespace", "entries", "versions"]);
        for (name, namespace) in &self.manifest.namespaces {
            let versions = namespace.versions.keys().filter(|version| **version > 0);
            let versions: Vec<_> = versions.map(ToString::to_string).collect();
            table.add_row([
                name.clone(),
                HumanCount(namespace.entries).to_string(),
                versions.join(", "),
            ]);
        }
        if let Some(entries) = table.column_mut(1) {
            entries.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{table}")?;
        let Manifest { entries, bytes, .. } = &self.manifest;
        writeln!(
            f,
            "moved {} entries ({}) from {} to {} in {:.1?}, and compared them",
            HumanCount(*entries),
            HumanBytes(*bytes),
            self.from,
            self.to,
            self.took
        )?;
        if self.expired > 0 {
            writeln!(
                f,
                "{} of them had expired meanwhile",
                HumanCount(self.expired)
            )?;
        }
        if self.written.is_none() {
            return write!(f, "nothing was written to {} meanwhile", self.from);
        }
        write!(
            f,
            "the application went on writing to {} meanwhile: {}\nstop it, and run the same again with `--replace`",
            self.from, self.written
        )
    }
}
