//! The rows of a file, as a stream: plain CSV or gzip.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result, anyhow, ensure};
use csv::{ErrorKind, StringRecord};
use flate2::bufread::MultiGzDecoder;
use indicatif::{HumanCount, ProgressBar};

use super::departure::{Columns, Departure};
use super::kind::Kind;
use super::state::Begun;

const GZIP: [u8; 2] = [0x1f, 0x8b];

type Rows = csv::Reader<Box<dyn Read + Send>>;

/// A file that is read row by row.
pub(crate) struct Input {
    path: PathBuf,
    rows: Rows,
    columns: Columns,
    row: StringRecord,
    /// How many rows have been read.
    read: u64,
    checksum: crc32fast::Hasher,
}

/// Some departures in the order of the file.
#[derive(Debug)]
pub(crate) struct Batch {
    /// How many rows are before them.
    pub(crate) before: u64,
    pub(crate) departures: Vec<Departure>,
    /// CRC-32 of the file's header and all rows up to here.
    pub(crate) checksum: u32,
}

impl Batch {
    /// How many rows there are up to its end.
    pub(crate) fn rows(&self) -> u64 {
        self.before + self.departures.len() as u64
    }
}

impl Input {
    /// Opens the file at `path` for a job; `bar` follows its bytes.
    pub(crate) fn open(path: &Path, kind: Kind, bar: &ProgressBar) -> Result<Self> {
        let open = || -> Result<Self> {
            let mut rows = open_csv(path, bar)?;
            let header = rows.headers().map_err(reason)?;
            let columns = Columns::find(header, kind)?;
            let mut input = Self {
                path: path.to_owned(),
                row: header.clone(),
                rows,
                columns,
                read: 0,
                checksum: crc32fast::Hasher::new(),
            };
            input.add_to_checksum();
            Ok(input)
        };
        open().with_context(|| path.display().to_string())
    }

    /// Passes over the rows that are counted already. Gives what was begun after them, which may be counted in part; checks
    /// that all of it is still the same.
    pub(crate) fn go_on(&mut self, counted: u64, begun: &Begun) -> Result<Batch> {
        let mut same = true;
        for _ in 0..counted {
            same &= self.next_row()?;
        }
        let rest = begun.rows.saturating_sub(counted);
        let batch = self.next_batch(usize::try_from(rest)?)?;
        ensure!(
            same && batch.rows() == begun.rows && batch.checksum == begun.checksum,
            "{} does not begin with the {} rows that are counted already: this state is of another input; \
             name another directory with `--state`, or delete this one to begin anew",
            self.path.display(),
            HumanCount(begun.rows)
        );
        Ok(batch)
    }

    /// The next departures, at most `limit`; none at the end.
    pub(crate) fn next_batch(&mut self, limit: usize) -> Result<Batch> {
        let before = self.read;
        let mut departures = Vec::new();
        while departures.len() < limit && self.next_row()? {
            let departure = self.columns.departure(&self.row);
            departures.push(departure.map_err(|reason| self.at(self.row.position(), reason))?);
        }
        Ok(Batch {
            before,
            departures,
            checksum: self.checksum(),
        })
    }

    /// Reads into `row`; `false` at the end.
    fn next_row(&mut self) -> Result<bool> {
        let more = match self.rows.read_record(&mut self.row) {
            Ok(more) => more,
            Err(error) => {
                let position = error.position().cloned();
                return Err(self.at(position.as_ref(), reason(error)));
            }
        };
        self.add_to_checksum();
        self.read += u64::from(more);
        Ok(more)
    }

    fn add_to_checksum(&mut self) {
        for field in &self.row {
            self.checksum.update(field.as_bytes());
            self.checksum.update(b",");
        }
    }

    fn checksum(&self) -> u32 {
        self.checksum.clone().finalize()
    }

    /// Says in which line something is wrong.
    fn at(&self, position: Option<&csv::Position>, reason: Error) -> Error {
        let line = position.unwrap_or(self.rows.position()).line();
        reason.context(format!("{}, line {line}", self.path.display()))
    }
}

fn open_csv(path: &Path, bar: &ProgressBar) -> io::Result<Rows> {
    let mut bytes = BufReader::new(bar.wrap_read(File::open(path)?));
    let is_gzip = bytes.fill_buf()?.starts_with(&GZIP);
    let text: Box<dyn Read + Send> = if is_gzip {
        Box::new(MultiGzDecoder::new(bytes))
    } else {
        Box::new(bytes)
    };
    Ok(csv::Reader::from_reader(text))
}

/// What is wrong, without the position.
fn reason(error: csv::Error) -> Error {
    match error.into_kind() {
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            anyhow!("the gzip data ends here, too early: the file is cut off")
        }
        ErrorKind::Io(error) => error.into(),
        ErrorKind::Utf8 { err, .. } => err.into(),
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => anyhow!("it has {len} fields, and the first line has {expected_len}"),
        other => anyhow!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    const ROWS: [&str; 5] = [
        "year,month,day,sched_dep_time,dep_delay,origin",
        "2013,1,1,515,2,EWR",
        "2013,1,1,529,4,LGA",
        "2013,1,1,540,2,JFK",
        "2013,1,1,545,-1,JFK",
    ];

    /// A file that is removed in the end.
    struct Lines(PathBuf);

    impl Lines {
        fn new(name: &str, lines: &[&str]) -> Self {
            let name = format!("flights-{}-{name}.csv", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::write(&path, lines.join("\n")).unwrap();
            Self(path)
        }

        fn open(&self) -> Input {
            Input::open(&self.0, Kind::Delays, &ProgressBar::hidden()).unwrap()
        }
    }

    impl Drop for Lines {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn what_was_begun_and_counted_in_part_is_gone_on_with() {
        let lines = Lines::new("whole", &ROWS);
        let begun = Begun {
            rows: 3,
            checksum: lines.open().next_batch(3).unwrap().checksum,
            finished: None,
        };
        for counted in 0..=3 {
            let mut input = lines.open();
            let rest = input.go_on(counted, &begun).unwrap();
            assert_eq!((rest.before, rest.rows()), (counted, 3));
            assert_eq!(input.next_batch(10).unwrap().rows(), 4);
        }
        let changed = ROWS.map(|row| row.replace("540", "541"));
        let others = [
            ("changed", changed.iter().map(String::as_str).collect()),
            ("shorter", ROWS.get(..3).unwrap().to_vec()),
        ];
        for (name, other) in others {
            let other = Lines::new(name, &other);
            for counted in 0..=3 {
                let refused = other.open().go_on(counted, &begun).unwrap_err();
                assert!(refused.to_string().contains("another input"), "{refused}");
            }
        }
    }
}
