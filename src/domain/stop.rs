//! What to do about the answer that stopped a run.

/// The remedy for the cause of a stop, which begins with the status of the answer: `401: Authentication failed` (API 1
/// and 5). A connection that cannot be made says itself what is wrong.
pub fn stop_remedy(cause: &str) -> Option<&'static str> {
    let status: u16 = cause.split(':').next()?.trim().parse().ok()?;
    Some(match status {
        401 => "Check the API key and the token, and the region: that of another account answers alike.",
        402 => "The account has no credit left.",
        403 => "The account may admit certain addresses only, or these contacts are another account's.",
        300..=399 | 404 | 405 | 406 | 410 | 415 | 421 | 426 => {
            "The address looks wrong: check account_sid, region and base_url."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("401: Authentication failed", Some("token"))]
    #[case("302: a redirect to https://elsewhere.example", Some("base_url"))]
    #[case("500: Internal", None)]
    #[case("127.0.0.1 cannot be reached: connection refused", None)]
    #[case("", None)]
    fn a_stop_is_told_with_its_remedy(#[case] cause: &str, #[case] word: Option<&str>) {
        match (stop_remedy(cause), word) {
            (Some(remedy), Some(word)) => assert!(remedy.contains(word), "{remedy}"),
            (found, _) => assert_eq!(found, None),
        }
    }
}
