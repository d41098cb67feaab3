//! Variables that runners do not get unless they are asked for: secrets of a CI, a registry or a cloud, and files by
//! which a step of a CI commands the next. A runner is code of whoever wrote the checkout.

use std::{env, ffi::OsString};

/// A word of a name, between `_`, that says that the value is a secret.
const WORDS: [&str; 14] = [
    "AUTH",
    "COOKIE",
    "CRED",
    "CREDS",
    "DSN",
    "JWT",
    "KEY",
    "KEYS",
    "PASS",
    "PASSPHRASE",
    "PAT",
    "PEM",
    "PWD",
    "WEBHOOK",
];
/// What a name has anywhere whose value is a secret, with or without `_`.
const PARTS: [&str; 11] = [
    "APIKEY",
    "ACCESSKEY",
    "CONNECTION_STRING",
    "CONNECTIONSTRING",
    "CREDENTIAL",
    "PASSFILE",
    "PASSWD",
    "PASSWORD",
    "PRIVATEKEY",
    "SECRET",
    "TOKEN",
];
/// What a value has, in lower case, that gives access by itself or in a header.
const GIVE_ACCESS: [&str; 9] = [
    "-----begin",
    "accesskey=",
    "accountkey=",
    "authorization:",
    "bearer ",
    "hooks.slack.com/",
    "password=",
    "pwd=",
    "sharedaccesssignature",
];
/// What a token of a service starts with.
const TOKENS: [&str; 12] =
    ["AKIA", "ASIA", "eyJ", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "npm_", "pypi-", "sk-", "xox"];
/// The fewest characters of a service's token.
const SHORTEST_TOKEN: usize = 20;
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
/// These name settings of git's, whose values are variables of their own.
const NAMES_OF_GIT: &str = "GIT_CONFIG_KEY_";

/// The names of the variables that are set and that a runner does not get, but for those that are `passed` on.
pub fn withheld(passed: &[String]) -> Vec<OsString> {
    let is_withheld = |name: &str, value: &str| is_secret(name, value) && !passed.iter().any(|it| it == name);
    let mut withheld: Vec<OsString> = env::vars_os()
        .filter(|(name, value)| is_withheld(&name.to_string_lossy(), &value.to_string_lossy()))
        .map(|(name, _)| name)
        .collect();
    // git counts the pairs of its configuration, and refuses to run where one is missing.
    if withheld.iter().any(|name| name.to_string_lossy().starts_with("GIT_CONFIG_VALUE_")) {
        withheld.push("GIT_CONFIG_COUNT".into());
    }
    withheld
}

fn is_secret(name: &str, value: &str) -> bool {
    let upper = name.to_uppercase();
    let says_so = || upper.split(['_', '-', '.']).any(|word| WORDS.contains(&word));
    !NONE.contains(&name)
        && !name.starts_with(NAMES_OF_GIT)
        && (NAMES.contains(&upper.as_str())
            || says_so()
            || PARTS.iter().any(|part| upper.contains(part))
            || STARTS.iter().any(|start| upper.starts_with(start))
            || gives_access(value)
            || has_user(value))
}

/// Whether a value is a token of a known service, a private key, or has a password or a header that gives access.
fn gives_access(value: &str) -> bool {
    let is_token = |start: &&str| value.starts_with(*start) && !value.contains([' ', '/']);
    let lower = value.to_lowercase();
    (value.len() >= SHORTEST_TOKEN && TOKENS.iter().any(is_token))
        || GIVE_ACCESS.iter().any(|part| lower.contains(part))
}

/// Whether a value has an address with a password, `scheme://user:password@host`, or with a user of the web, who is
/// a token: `https://token@host`.
fn has_user(value: &str) -> bool {
    value.match_indices("://").any(|(at, mark)| {
        let authority = value[at + mark.len()..].split(['/', '?', '#', ' ']).next().unwrap_or_default();
        let of_the_web =
            value[..at].to_lowercase().ends_with("http") || value[..at].to_lowercase().ends_with("https");
        authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':') || of_the_web)
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
            "API_KEY_PROD",
            "SECRETKEY",
            "clientSecret",
            "GCP_CREDS",
            "PRIVATE_KEY_PEM",
            "TOKEN2",
            "SLACK_WEBHOOK_URL",
            "AZURE_STORAGE_CONNECTION_STRING",
            "SENTRY_DSN",
            "SESSION_COOKIE",
            "PGPASSFILE",
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
            "KEYBOARD",
            "PATTERN",
            "BYPASS_CACHE",
            "GIT_CONFIG_KEY_0",
        ] {
            assert!(!is_secret(name, "x"), "{name}");
        }
        assert!(is_secret("DATABASE_URL", "postgres://me:secret@host/db"));
        assert!(is_secret("PROXIES", "http://a.b https://me:x@proxy:8080"));
        for value in [
            "https://token@github.com/a/b",
            "Authorization: Bearer x",
            "'http.extraheader=AUTHORIZATION: basic x'",
            "postgres://h/db?user=u&password=x",
            "DefaultEndpointsProtocol=https;AccountKey=x",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "github_pat_0123456789abcdef",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x",
        ] {
            assert!(is_secret("X", value), "{value}");
        }
        assert!(!is_secret("X", "sk-short") && !is_secret("X", "eyJ is how it starts, says a text"));
        assert!(
            !is_secret("SITE", "https://host:8080/a@b:c") && !is_secret("REPOSITORY", "ssh://git@host/x")
        );
    }
}
