//! Variables that runners do not get unless they are asked for: secrets of a CI, a registry or a cloud, and files by
//! which a step of a CI commands the next. A runner is code of whoever wrote the checkout.

use std::{env, ffi::OsString};

/// A word of a name, between `_`, that says that the value is a secret.
const WORDS: [&str; 13] = [
    "TOKEN",
    "TOKENS",
    "SECRET",
    "SECRETS",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASS",
    "PWD",
    "PAT",
    "CREDENTIAL",
    "CREDENTIALS",
    "AUTH",
];
/// What a name ends with whose value is a secret.
const ENDS: [&str; 6] = ["_KEY", "_KEYS", "APIKEY", "_KEY_ID", "PASSWORD", "TOKEN"];
/// Starts of names that belong to a CI's own services.
const STARTS: [&str; 6] =
    ["ACTIONS_", "BUILDKITE_AGENT_", "CI_JOB_JWT", "CI_REGISTRY_", "SYSTEM_ACCESS", "VAULT_"];
/// Whole names: ways to an agent that signs, files that hold secrets, files by which GitHub is commanded.
const NAMES: [&str; 14] = [
    "DOCKER_AUTH_CONFIG",
    "DOCKER_CONFIG",
    "GITHUB_ENV",
    "GITHUB_OUTPUT",
    "GITHUB_PATH",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
    "GNUPGHOME",
    "GPG_AGENT_INFO",
    "KUBECONFIG",
    "NETRC",
    "SSH_AGENT_PID",
    "SSH_AUTH_SOCK",
    "SSH_ASKPASS",
];
/// What the words take for a secret and is none: where one stands, and stood.
const NONE: [&str; 2] = ["PWD", "OLDPWD"];

/// The names of the variables that are set and that a runner does not get, but for those that are `passed` on.
pub fn withheld(passed: &[String]) -> Vec<OsString> {
    let is_withheld = |name: &str, value: &str| is_secret(name, value) && !passed.iter().any(|it| it == name);
    env::vars_os()
        .filter(|(name, value)| is_withheld(&name.to_string_lossy(), &value.to_string_lossy()))
        .map(|(name, _)| name)
        .collect()
}

fn is_secret(name: &str, value: &str) -> bool {
    let upper = name.to_uppercase();
    let says_so = || upper.split(['_', '-', '.']).any(|word| WORDS.contains(&word));
    !NONE.contains(&name)
        && (NAMES.contains(&upper.as_str())
            || says_so()
            || ENDS.iter().any(|end| upper.ends_with(end))
            || STARTS.iter().any(|start| upper.starts_with(start))
            || has_user(value))
}

/// Whether a value is an address with a user's name and password, `scheme://user:password@host`.
fn has_user(value: &str) -> bool {
    value.match_indices("://").any(|(at, mark)| {
        let authority = value[at + mark.len()..].split(['/', '?', '#', ' ']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn secrets_are_told_by_their_names_and_addresses_by_their_passwords() {
        for name in [
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_MY_REG_TOKEN",
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "NPM_CONFIG__AUTH",
            "OPENAI_API_KEY",
            "PGPASSWORD",
            "MYSQL_PWD",
            "MY_SECRET_THING",
            "deploy_password",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "ACTIONS_RUNTIME_URL",
            "GITHUB_ENV",
            "SSH_AUTH_SOCK",
            "KUBECONFIG",
        ] {
            assert!(is_secret(name, "x"), "{name}");
        }
        for name in [
            "PATH",
            "PWD",
            "HOME",
            "RUSTFLAGS",
            "CARGO_MANIFEST_DIR",
            "LD_LIBRARY_PATH",
            "AUTHOR",
            "GITHUB_SHA",
            "MONKEY",
        ] {
            assert!(!is_secret(name, "x"), "{name}");
        }
        assert!(is_secret("DATABASE_URL", "postgres://me:secret@host/db"));
        assert!(is_secret("PROXIES", "http://a.b https://me:x@proxy:8080"));
        assert!(
            !is_secret("SITE", "https://host:8080/a@b:c") && !is_secret("REPOSITORY", "ssh://git@host/x")
        );
    }
}
