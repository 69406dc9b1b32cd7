//! What a person chooses: by builder, URL, TOML or environment.
