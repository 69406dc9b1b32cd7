//! The parts of a URL: RFC 3986, strictly. What cannot be told apart is a mistake, and no message quotes the URL.

/// What parts parameters, here or elsewhere. Where one has strayed into a path or a value, a password may have followed.
pub(super) const MARKS: [char; 3] = ['&', '=', ';'];

/// A URL in its parts, all of them as they stand there.
#[derive(Clone, Copy)]
pub(crate) struct Url<'a> {
    /// What stands before the `@`.
    pub(crate) user: Option<&'a str>,
    /// What follows it, before the path.
    pub(crate) hosts: &'a str,
    /// The path: empty, or from its slash on.
    pub(crate) path: &'a str,
    /// What follows the question mark.
    pub(crate) query: Option<&'a str>,
}

impl<'a> Url<'a> {
    /// The scheme and the rest; `None` where there is no `://`.
    ///
    /// # Errors
    /// Where a character is in it that no URL has.
    pub(crate) fn scheme(url: &'a str) -> Result<Option<(&'a str, &'a str)>, &'static str> {
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "holds a space, a line's end or another character that must be percent-encoded",
            );
        }
        Ok(url.split_once("://"))
    }

    /// The parts of what follows the scheme.
    ///
    /// # Errors
    /// Where they cannot be told apart, so that no part is known not to be secret.
    pub(crate) fn parts(rest: &'a str) -> Result<Self, &'static str> {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if tail.contains('@') || authority.matches('@').count() > 1 {
            return Err(
                "holds an `@` out of its place: write `@`, `/`, `?` and `#` in user, password and parameters \
                        as `%40`, `%2F`, `%3F` and `%23`",
            );
        }
        if tail.contains('#') {
            return Err(
                "holds a `#`, but a fragment has no meaning here: leave it out, or write `%23`",
            );
        }
        let (path, query) = match tail.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (tail, None),
        };
        if path.contains(MARKS) {
            return Err(
                "holds `&`, `=` or `;` in its path: begin the parameters with `?`, or percent-encode it",
            );
        }
        let (user, hosts) = match authority.split_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, authority),
        };
        Ok(Self {
            user,
            hosts,
            path,
            query,
        })
    }
}
