//! The one address that requests go to, and the rules that keep the token from going elsewhere.

use std::net::IpAddr;

use reqwest::Url;

use super::error::ClientError;
use crate::domain::Sid;

/// The most records that a page holds, whatever is asked for (API 2).
const PAGE: u64 = 20;

/// In the order in which they came, which never changes.
const CREATED: &str = "date_created:asc";
/// What was changed last at the top.
const UPDATED: &str = "date_updated:desc";

/// The address of the bulk update, checked.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    /// `<base>/v2/accounts/<account_sid>/contacts`
    pub(super) url: Url,
    /// Whether it is this machine: no proxy stands in between.
    pub(super) loopback: bool,
}

impl Endpoint {
    /// Checks the base URL and the account, and puts them together.
    pub(super) fn new(base_url: &str, account_sid: &str) -> Result<Self, ClientError> {
        let mut url = base(base_url)?;
        let loopback = is_loopback(&url);
        if url.scheme() == "http" && !loopback {
            return Err(ClientError::Unencrypted { shown: shown(base_url) });
        }
        if !is_sound(account_sid) {
            return Err(ClientError::AccountSid(account_sid.to_owned()));
        }
        url.set_path(&format!("/v2/accounts/{account_sid}/contacts"));
        Ok(Self { url, loopback })
    }

    /// The address of a page of the account's contacts, or of those of a list; `None` for a SID that would change the
    /// path.
    pub(super) fn contacts(&self, list: Option<&Sid>, offset: u64) -> Option<Url> {
        let mut url = self.url.clone();
        if let Some(list) = list {
            is_sound(list.as_str()).then_some(())?;
            url.set_path(&format!("{}/lists/{list}/contacts", self.account_path()));
        }
        url.set_query(Some(&page(offset, CREATED)));
        Some(url)
    }

    /// The address of a page of the account's contacts, what was changed last at the top.
    pub(super) fn newest(&self, offset: u64) -> Url {
        let mut url = self.url.clone();
        url.set_query(Some(&page(offset, UPDATED)));
        url
    }

    /// The address of a page of the account's lists.
    pub(super) fn lists(&self, offset: u64) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/lists", self.account_path()));
        url.set_query(Some(&page(offset, CREATED)));
        url
    }

    fn account_path(&self) -> &str {
        let path = self.url.path();
        path.strip_suffix("/contacts").unwrap_or(path)
    }

    /// The address of one contact; `None` for a SID that would change the path.
    pub(super) fn contact(&self, sid: &Sid) -> Option<Url> {
        let mut url = self.url.clone();
        is_sound(sid.as_str()).then(|| url.set_path(&format!("{}/{sid}", self.url.path())))?;
        Some(url)
    }

    /// Whether connections to it are encrypted.
    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }
}

/// Which records are wanted. The order is asked for by name: a walk relies on it.
fn page(offset: u64, order: &str) -> String {
    format!("offset={offset}&limit={PAGE}&sort_by={order}")
}

/// Whether it can stand in a path as it is.
fn is_sound(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// The base URL, when it is a scheme, a host and perhaps a port, and nothing more.
fn base(text: &str) -> Result<Url, ClientError> {
    let refuse = |problem| Err(ClientError::BaseUrl { shown: shown(text), problem });
    let Ok(url) = Url::parse(text.trim()) else {
        return refuse("this is not a URL");
    };
    match () {
        () if !matches!(url.scheme(), "https" | "http") => refuse("it must start with https://"),
        () if !url.username().is_empty() || url.password().is_some() => {
            refuse("credentials do not belong in a URL; take them out and set EXOTEL_API_KEY and EXOTEL_API_TOKEN")
        }
        () if url.host_str().is_none() => refuse("it has no host"),
        () if url.path() != "/" => refuse("it must not have a path, which is added for each call"),
        () if url.query().is_some() || url.fragment().is_some() => refuse("it must not have a '?' or '#' part"),
        () => Ok(url),
    }
}

/// Whether the host is this machine by its very name. A name that only resolves to it does not count:
/// the answer of a name server is not ours to trust.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || literal.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The URL for a message. Whatever may hold credentials is not repeated, not even in part.
fn shown(base_url: &str) -> String {
    if base_url.contains('@') { "(not shown: it holds credentials)".to_owned() } else { format!("{base_url:?}") }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://api.exotel.com", "https://api.exotel.com/v2/accounts/exotel8u3/contacts", false)]
    #[case("https://api.in.exotel.com/", "https://api.in.exotel.com/v2/accounts/exotel8u3/contacts", false)]
    #[case("HTTPS://proxy.example:8443", "https://proxy.example:8443/v2/accounts/exotel8u3/contacts", false)]
    #[case("http://127.0.0.1:8080", "http://127.0.0.1:8080/v2/accounts/exotel8u3/contacts", true)]
    #[case("http://127.9.9.9", "http://127.9.9.9/v2/accounts/exotel8u3/contacts", true)]
    #[case("http://[::1]:80", "http://[::1]/v2/accounts/exotel8u3/contacts", true)]
    #[case("http://localhost:1", "http://localhost:1/v2/accounts/exotel8u3/contacts", true)]
    fn a_sound_base_gives_the_address_of_the_bulk_call(#[case] base: &str, #[case] url: &str, #[case] loopback: bool) {
        let endpoint = Endpoint::new(base, "exotel8u3").unwrap();
        assert_eq!((endpoint.url.as_str(), endpoint.loopback), (url, loopback));
    }

    #[rstest]
    #[case("http://api.exotel.com", "unencrypted")]
    #[case("http://127.0.0.1.evil.example", "unencrypted")]
    #[case("http://localhost.evil.example", "unencrypted")]
    #[case("http://0.0.0.0", "unencrypted")]
    #[case("http://10.0.0.7", "unencrypted")]
    #[case("ftp://api.exotel.com", "must start with https://")]
    #[case("api.exotel.com", "not a URL")]
    #[case("", "not a URL")]
    #[case("https://", "not a URL")]
    #[case("https://api.exotel.com/v2", "must not have a path")]
    #[case("https://api.exotel.com?x=1", "'?'")]
    #[case("https://api.exotel.com#x", "'?'")]
    #[case("https://key:hunter2@api.exotel.com", "EXOTEL_API_TOKEN")]
    #[case("https//key:hunter2@api.exotel.com", "not a URL")]
    fn a_base_that_could_mislead_is_refused_with_a_reason(#[case] base: &str, #[case] reason: &str) {
        let error = Endpoint::new(base, "a1").unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_contact_has_its_place_below_and_an_odd_sid_none() {
        let endpoint = Endpoint::new("https://api.exotel.com", "a1").unwrap();
        let contact = |sid| endpoint.contact(&Sid::new(sid)).map(String::from);
        assert_eq!(contact("93ba_-X").unwrap(), "https://api.exotel.com/v2/accounts/a1/contacts/93ba_-X");
        assert!(["", "..", "a/b", "a?x", "a b", "é"].into_iter().all(|sid| contact(sid).is_none()));
    }

    #[test]
    fn pages_are_asked_for_in_the_order_of_creation() {
        let endpoint = Endpoint::new("https://api.exotel.com", "a1").unwrap();
        let contacts = |list: Option<&str>| endpoint.contacts(list.map(Sid::new).as_ref(), 19).map(String::from);
        let (base, query) = ("https://api.exotel.com/v2/accounts/a1", "offset=19&limit=20&sort_by=date_created:asc");
        assert_eq!(contacts(None).unwrap(), format!("{base}/contacts?{query}"));
        assert_eq!(contacts(Some("l1")).unwrap(), format!("{base}/lists/l1/contacts?{query}"));
        assert_eq!(contacts(Some("l/1")), None);
        assert_eq!(endpoint.lists(19).as_str(), format!("{base}/lists?{query}"));
    }

    #[rstest]
    #[case("")]
    #[case("a/../../b")]
    #[case("a b")]
    #[case("..")]
    #[case("a?x")]
    #[case("é")]
    fn an_account_that_would_change_the_path_is_refused(#[case] account: &str) {
        let error = Endpoint::new("https://api.exotel.com", account).unwrap_err();
        assert!(matches!(error, ClientError::AccountSid(_)), "{error}");
    }
}
