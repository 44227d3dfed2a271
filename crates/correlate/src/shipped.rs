//! The correlations that come with Peregrine.

/// A file of `rules/correlations` under its name.
macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$((
            concat!("built in: rules/correlations/", $name),
            include_str!(concat!("../../../rules/correlations/", $name)),
        )),*]
    };
}

/// The shipped correlations: each file of `rules/correlations`, in alphabetical order.
pub const SHIPPED_FILES: [(&str, &str); 3] =
    shipped!["credentials.yaml", "many_hosts.yaml", "one_host.yaml"];
