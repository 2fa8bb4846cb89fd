//! Why a client cannot be built.

use std::path::PathBuf;

use thiserror::Error;

/// Why a [`super::Client`] cannot be built: each says what is wrong, where it was set, and what to do.
///
/// None repeats a secret: a base URL that holds credentials is named, not shown.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The base URL is not a URL, or has parts that do not belong there.
    #[error(
        "base_url {shown}: {problem}; write it as https://host or https://host:port, for example https://api.in.exotel.com"
    )]
    BaseUrl {
        /// The URL, or a stand-in where it holds credentials.
        shown: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Plain HTTP to another machine would show the token to everyone on the way.
    #[error(
        "base_url {shown}: http:// would send the API token unencrypted; use https:// (http:// is for 127.0.0.1, ::1 and localhost only)"
    )]
    Unencrypted {
        /// The URL.
        shown: String,
    },
    /// The account SID cannot stand in a path.
    #[error(
        "account_sid {0:?}: only letters, digits, '_' and '-' can stand there; copy the account SID from the API settings page of the Exotel dashboard"
    )]
    AccountSid(String),
    /// A credential is missing or has a character that HTTP Basic cannot carry.
    #[error("{what} {problem}; copy it again from the API settings page of the Exotel dashboard")]
    Credentials {
        /// Which of the two.
        what: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The extra CA file cannot be read.
    #[error("ca_file {path}: {source}; check the path and that you may read it", path = path.display())]
    CaFileRead {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The extra CA file holds no certificate.
    #[error("ca_file {path}: no PEM certificate in it; it must hold one or more blocks that start with -----BEGIN CERTIFICATE-----", path = path.display())]
    CaFileFormat {
        /// The file.
        path: PathBuf,
    },
    /// The proxy of the profile is no address, or holds credentials.
    #[error(
        "proxy: it must be http://HOST:PORT or socks5://HOST:PORT, without credentials; a proxy that wants them is set as HTTPS_PROXY in the environment"
    )]
    Proxy,
    /// This machine has no CA store.
    #[error(
        "no CA certificates were found on this machine, so no https:// server can be trusted; install them (package ca-certificates), or name a PEM file as ca_file in the profile"
    )]
    NoCaStore,
    /// The HTTP library refused for another reason.
    #[error("the HTTP client cannot be set up: {0}; check the proxy variables (HTTPS_PROXY) and ca_file")]
    Setup(String),
}
