//! From method and path to the key of a table of routes.
#![forbid(unsafe_code)]

use hyper::Method;

/// The routes of a script: where each key of its table leads to.
#[derive(Debug, Default)]
pub(super) struct Router {
    /// One matcher per method; `None` is for keys that name no method.
    matchers: Vec<(Option<Method>, matchit::Router<usize>)>,
    count: usize,
}

/// What the routes have for a request.
#[derive(Debug)]
pub(super) enum Match<'a> {
    Found {
        /// Which of the keys that were added.
        index: usize,
        params: matchit::Params<'a, 'a>,
    },
    /// The path is known, with these methods only.
    WrongMethod(String),
    NotFound,
}

impl Router {
    /// How many keys were added.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Adds a key: `GET /users/{id}`, or a path alone for every method.
    ///
    /// # Errors
    /// It is not a route, or stands in conflict with another.
    pub(super) fn add(&mut self, key: &str) -> Result<(), String> {
        let (method, path) = match key.split_once(' ') {
            Some((method, path)) => (Some(method), path.trim_start()),
            None => (None, key),
        };
        if !path.starts_with('/') {
            return Err(format!(
                "route `{key}` has no path: write it as in `GET /users/{{id}}`"
            ));
        }
        let method = match method.map(|method| Method::from_bytes(method.as_bytes())) {
            None => None,
            Some(Ok(method)) => Some(method),
            Some(Err(_)) => return Err(format!("route `{key}` has a bad method")),
        };
        let index = self.matchers.iter().position(|(known, _)| *known == method);
        let index = index.unwrap_or_else(|| {
            self.matchers.push((method, matchit::Router::new()));
            self.matchers.len() - 1
        });
        let inserted = self.matchers[index].1.insert(path, self.count);
        inserted.map_err(|error| format!("route `{key}`: {error}"))?;
        self.count += 1;
        Ok(())
    }

    /// Looks for a route: of this method, else of `GET` for `HEAD`, else of any method.
    pub(super) fn find<'a>(&'a self, method: &Method, path: &'a str) -> Match<'a> {
        let of = |wanted: Option<&Method>| {
            let mut matchers = self.matchers.iter();
            let (_, matcher) = matchers.find(|(known, _)| known.as_ref() == wanted)?;
            matcher.at(path).ok()
        };
        let found = of(Some(method))
            .or_else(|| (method == Method::HEAD).then(|| of(Some(&Method::GET)))?)
            .or_else(|| of(None));
        if let Some(found) = found {
            return Match::Found {
                index: *found.value,
                params: found.params,
            };
        }
        let allowed = self.matchers.iter().filter_map(|(known, matcher)| {
            let known = known.as_ref()?;
            matcher.at(path).ok().map(|_| known.as_str())
        });
        match allowed.collect::<Vec<_>>() {
            allowed if allowed.is_empty() => Match::NotFound,
            allowed => Match::WrongMethod(allowed.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(keys: &[&str]) -> Router {
        let mut router = Router::default();
        for key in keys {
            router.add(key).expect("a good route");
        }
        router
    }

    fn found(keys: &[&str], method: Method, path: &str) -> String {
        match router(keys).find(&method, path) {
            Match::Found { index, params } => {
                let params = params
                    .iter()
                    .map(|(name, value)| format!(" {name}={value}"));
                format!("{}{}", keys[index], params.collect::<String>())
            }
            Match::WrongMethod(allowed) => format!("only {allowed}"),
            Match::NotFound => "none".to_owned(),
        }
    }

    #[test]
    fn keys_are_found() {
        let keys = [
            "GET /users/{id}",
            "PUT /users/{id}",
            "GET /users/me",
            "/files/{*path}",
        ];
        for (method, path, expected) in [
            (Method::GET, "/users/7", "GET /users/{id} id=7"),
            (Method::GET, "/users/me", "GET /users/me"),
            (Method::HEAD, "/users/7", "GET /users/{id} id=7"),
            (Method::PUT, "/users/7", "PUT /users/{id} id=7"),
            (Method::POST, "/users/7", "only GET, PUT"),
            (Method::POST, "/files/a/b", "/files/{*path} path=a/b"),
            (Method::GET, "/users/7/8", "none"),
            (Method::GET, "/", "none"),
        ] {
            assert_eq!(found(&keys, method, path), expected, "{path}");
        }
    }

    #[test]
    fn bad_keys_are_told() {
        for key in ["users", "GET users", "G(T /x", "", "GET /{a", "GET /{a}{b}"] {
            assert!(Router::default().add(key).is_err(), "{key}");
        }
        let mut router = router(&["GET /{a}"]);
        assert!(router.add("GET /{b}").is_err());
    }
}
