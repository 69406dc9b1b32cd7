//! On this machine's disk.
/// stub
#[derive(Debug)]
pub struct Embedded;
/// stub
#[derive(Debug)]
pub struct EmbeddedBuilder;
/// stub
#[derive(Debug)]
pub enum Durability {}
