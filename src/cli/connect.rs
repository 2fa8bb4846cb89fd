//! From a profile to a client and to the manners of a run.

use std::time::Duration;

use super::error::Error;
use crate::api::{self, Client, ClientSettings, Credentials, Proxy};
use crate::config::{ClearAs, Profile, SignIn};
use crate::domain::{BatchPolicy, RunId};
use crate::engine::{Breaker, RunPolicy, Trip};
use crate::support::{clock, rng};

/// How long requests under way may take after a signal before they are given up. With the grace time behind it
/// the program ends within ten seconds, which is what a service manager or a rebooting machine waits.
pub(super) const DRAIN: Duration = Duration::from_secs(7);

/// How long requests under way may take once they are given up. What is left of the ten seconds is for a busy disk, which
/// has their end to record.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// The client of a profile's account. It sends nothing yet.
pub fn client(profile: &Profile, sign_in: SignIn) -> Result<Client, Error> {
    let ca_file = Some(profile.ca_file.clone()).filter(|file| !file.as_os_str().is_empty());
    let proxy = match profile.proxy.as_str() {
        "" => Proxy::Environment,
        "none" => Proxy::None,
        address => Proxy::At(address.to_owned()),
    };
    let settings = ClientSettings {
        clear_as: clear_as(profile),
        custom_key: profile.custom_key.clone(),
        timeout: profile.timeout(),
        ca_file,
        proxy,
        ..ClientSettings::new(&profile.base_url, profile.account()?)
    };
    let credentials = Credentials { key: sign_in.key, token: sign_in.token };
    Ok(Client::new(settings, credentials)?)
}

/// How the profile clears a field, in the client's terms.
pub fn clear_as(profile: &Profile) -> api::ClearAs {
    match profile.clear_as {
        ClearAs::EmptyText => api::ClearAs::EmptyText,
        ClearAs::Null => api::ClearAs::Null,
    }
}

/// How large the profile's requests may be.
pub fn batch_policy(profile: &Profile) -> BatchPolicy {
    BatchPolicy {
        max_edits: profile.batch_size,
        max_bytes: profile.batch_bytes as usize,
        canary: profile.canary.into(),
    }
}

/// How reads of the profile behave: as its runs, at the rate of reads.
pub fn read_policy(profile: &Profile, run: RunId) -> RunPolicy {
    RunPolicy { rate_per_minute: profile.read_rate, ..run_policy(profile, run) }
}

/// How a run of the profile behaves. The seed differs from run to run, so that two machines that were refused
/// together do not come back together.
pub fn run_policy(profile: &Profile, run: RunId) -> RunPolicy {
    RunPolicy {
        in_flight: profile.in_flight as usize,
        rate_per_minute: profile.rate,
        max_attempts: profile.max_attempts,
        backoff_base: profile.backoff(),
        backoff_cap: Profile::BACKOFF_CAP,
        patience: profile.patience(),
        seed: rng::mix_all(&[clock::now().0 as u64, run.0 as u64, u64::from(std::process::id())]),
        grace: GRACE,
        canary: profile.canary.into(),
        breaker: (profile.breaker > 0).then_some(Breaker { window: profile.breaker_window, percent: profile.breaker }),
        on_trip: Trip::End,
    }
}
