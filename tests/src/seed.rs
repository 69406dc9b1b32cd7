/// The seed of what varies from run to run: printed, and taken from `TYPED_STATE_SEED` where that is set.
pub fn seed() -> u64 {
    let given = std::env::var("TYPED_STATE_SEED").ok();
    let given = given.and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| u64::from(std::process::id()));
    println!("TYPED_STATE_SEED={seed}");
    seed
}

/// How many rounds of kills a test makes: `TYPED_STATE_KILL_ROUNDS`, or `usual` where that is not set.
pub fn kill_rounds(usual: usize) -> usize {
    let given = std::env::var("TYPED_STATE_KILL_ROUNDS").ok();
    given
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(usual)
}

/// How many seeds a test of faults takes: `TYPED_STATE_FAULT_SEEDS`, or `usual` where that is not set.
pub fn rounds(usual: u64) -> u64 {
    let given = std::env::var("TYPED_STATE_FAULT_SEEDS").ok();
    given.and_then(|seeds| seeds.parse().ok()).unwrap_or(usual)
}
