//! How connections are made: through which proxy, with which certificates, for how long.

use std::error::Error;
use std::io;

use reqwest::{Certificate, ClientBuilder};
use rustls::CertificateError;

use super::endpoint::Endpoint;
use super::error::ClientError;
use super::http::ClientSettings;

/// Which proxy stands between this machine and the server.
///
/// This machine itself is never spoken to through a proxy. Any other server is spoken to by TLS alone, so that a
/// proxy sees its name and never a header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Proxy {
    /// What `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    #[default]
    Environment,
    /// None, whatever the environment says.
    None,
    /// `http://host:port`, `socks5://host:port`, or `socks5h://host:port`, which looks names up itself. Without
    /// credentials: an address is shown.
    At(String),
}

/// The HTTP library, set up.
pub(super) fn build(settings: &ClientSettings, endpoint: &Endpoint) -> Result<reqwest::Client, ClientError> {
    // The answer is an error when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("rolodeck/", env!("CARGO_PKG_VERSION")))
        // reqwest would send some requests again by itself, and the journal would not know.
        .retry(reqwest::retry::never())
        // A redirect would carry the token to an address that nobody approved.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout);
    let builder = through(builder, settings, endpoint)?;
    trust(builder, settings, endpoint)?.build().map_err(|error| setup_error(&error.without_url(), endpoint))
}

fn through(
    builder: ClientBuilder,
    settings: &ClientSettings,
    endpoint: &Endpoint,
) -> Result<ClientBuilder, ClientError> {
    match &settings.proxy {
        // A proxy has no business between us and our own machine, and would see plain HTTP whole.
        _ if endpoint.loopback => Ok(builder.no_proxy()),
        Proxy::Environment => Ok(builder),
        Proxy::None => Ok(builder.no_proxy()),
        Proxy::At(address) if address.contains('@') => Err(ClientError::Proxy),
        Proxy::At(address) => {
            reqwest::Proxy::all(address).map(|proxy| builder.proxy(proxy)).map_err(|_| ClientError::Proxy)
        }
    }
}

/// Which certificates count. Without TLS none are needed, and loading them would fail on a machine
/// that has none, such as a bare container that runs the demo.
fn trust(builder: ClientBuilder, settings: &ClientSettings, endpoint: &Endpoint) -> Result<ClientBuilder, ClientError> {
    if !endpoint.is_https() {
        return Ok(builder.tls_certs_only([]));
    }
    let Some(path) = &settings.ca_file else {
        return Ok(builder);
    };
    let pem = std::fs::read(path).map_err(|source| ClientError::CaFileRead { path: path.clone(), source })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(builder.tls_certs_merge(certificates)),
        _ => Err(ClientError::CaFileFormat { path: path.clone() }),
    }
}

fn setup_error(error: &reqwest::Error, endpoint: &Endpoint) -> ClientError {
    let said = chain(error);
    if endpoint.is_https() && said.contains("No CA certificates") {
        return ClientError::NoCaStore;
    }
    ClientError::Setup(said)
}

/// An error with its causes, each once, and without the library's own layers.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Wrappers often repeat what they wrap.
        if !said.ends_with(&more) {
            said.push_str(": ");
            said.push_str(&more);
        }
        cause = error.source();
    }
    let said = LAYERS.iter().fold(said.as_str(), |said, layer| said.strip_prefix(layer).unwrap_or(said));
    match said.strip_prefix("tunnel error: ") {
        Some(why) => {
            let why = why.strip_prefix("failed to create underlying connection: ").unwrap_or(why);
            format!("the proxy (of HTTPS_PROXY, ALL_PROXY or the profile) failed: {why}")
        }
        None => said.to_owned(),
    }
}

/// What every error of sending begins with.
const LAYERS: [&str; 3] = ["error sending request: ", "client error (Connect): ", "client error (SendRequest): "];

/// What is wrong with the server's certificate and what to do, where that is why there is no connection.
pub(super) fn certificate_fault(error: &(dyn Error + 'static)) -> Option<String> {
    let rustls::Error::InvalidCertificate(why) = tls_error(error)? else { return None };
    let fault = match why {
        CertificateError::UnknownIssuer => {
            "it is signed by an authority that this machine does not know. If it is your company's, which looks into \
             TLS on the way, or your own, name its certificate (PEM) as ca_file in the profile"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired, or the clock of this machine is wrong"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet, or the clock of this machine is wrong"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name; check base_url, and who answers in its place"
        }
        CertificateError::Revoked => "it was revoked",
        _ => "it is faulty. If it is your own, check it and the ca_file of the profile",
    };
    Some(format!("the server's certificate is not trusted: {fault}"))
}

fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    // An `io::Error` passes over the very error that it wraps when asked for its source.
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => tls_error(wrapped),
        None => tls_error(error.source()?),
    }
}
