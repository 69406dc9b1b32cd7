use super::form::Form;
use super::row::Row;

/// A configuration while it is put together: any of it may be missing yet.
pub(crate) trait Draft: Clone + Default + 'static {
    /// What the rows show and check.
    type Options: 'static;

    /// What is configured, for messages.
    const OF: &'static str;
    /// What the names of its environment variables begin with.
    const VARIABLES: &'static str;
    /// A URL, for messages.
    const EXAMPLE: &'static str;
    /// The option with whose variable no URL is needed; `None` where none is needed in any case.
    const IN_PLACE_OF_URL: Option<&'static str>;
    /// Whether a variable of its own may hold a URL.
    const TAKES_URL: bool = true;

    /// The table of all options.
    fn rows() -> &'static [Row<Self>];

    /// The options so far.
    fn options(&self) -> &Self::Options;

    /// Reads a URL. `label` is what messages call it.
    fn read_url(form: &mut Form<Self>, label: &str, url: &str);
}
