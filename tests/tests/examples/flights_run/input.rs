//! The month that comes with the example, whole and in parts.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

pub(crate) fn january() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/flights-2013-01.csv.gz")
}

/// The month as text.
pub(crate) fn january_csv() -> String {
    let mut text = String::new();
    let mut gzip = GzDecoder::new(File::open(january()).unwrap());
    gzip.read_to_string(&mut text).unwrap();
    text
}

/// The first line and `rows` rows of the month.
pub(crate) fn first_rows(rows: usize) -> String {
    january_csv().split_inclusive('\n').take(rows + 1).collect()
}

pub(crate) fn gzipped(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}
