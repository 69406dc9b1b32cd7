//! In this process's memory.
/// stub
#[derive(Debug)]
pub struct Memory;
/// stub
#[derive(Debug)]
pub struct MemoryBuilder;
