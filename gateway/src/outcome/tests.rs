//! Every refusal and every kind of error has its row, and none repeats what came in.
use super::*;

#[test]
fn every_refusal_has_a_row_and_its_text() {
    for refusal in Refusal::ALL {
        let problem = Problem::from(*refusal);
        let status = problem.status();
        assert!(
            status.is_client_error() || status.is_server_error(),
            "{refusal:?}"
        );
        let text = problem.issue().diagnostics.clone().unwrap_or_default();
        assert!(
            text.contains(refusal.name()) && text.contains(refusal.text()),
            "{refusal:?}"
        );
        assert_eq!(
            problem.retry_after_s.is_some(),
            status == StatusCode::SERVICE_UNAVAILABLE,
            "{refusal:?}"
        );
        let response = problem.into_response();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()[CONTENT_TYPE], FHIR_JSON);
    }
}

#[test]
fn what_may_not_be_read_looks_like_what_does_not_exist() {
    let missing = Problem::of_read(Error::NotFound);
    for refusal in Refusal::ALL {
        let (status, _) = row(*refusal);
        let problem = Problem::of_read(Error::Refused(*refusal));
        // What is erased is gone, and said to be.
        if status.is_client_error() && status != StatusCode::GONE {
            // The refusal is counted, and never told.
            let told = Problem {
                refusal: None,
                ..problem
            };
            assert_eq!(told, missing, "{refusal:?}");
        } else {
            assert_eq!(problem.status(), status, "{refusal:?}");
        }
    }
}

#[test]
fn every_login_refusal_is_a_challenge() {
    for refusal in LoginRefusal::ALL {
        let response = Problem::from(*refusal).into_response();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{refusal:?}");
        assert!(
            response.headers().contains_key(WWW_AUTHENTICATE),
            "{refusal:?}"
        );
    }
}

#[test]
fn faults_are_told_without_their_causes() {
    let address = || "10.1.2.3:9".to_owned();
    let table = [
        (
            Fault::TimedOut {
                address: address(),
                after_ms: 5,
            },
            503,
            Some(2),
        ),
        (
            Fault::Unavailable {
                address: address(),
                retry_after_ms: 2500,
            },
            503,
            Some(3),
        ),
        (Fault::Full { address: address() }, 503, Some(60)),
        (
            Fault::Protocol {
                address: address(),
                what: "x".to_owned(),
            },
            500,
            None,
        ),
        (
            Fault::Damaged {
                what: "y".to_owned(),
                why: "z".to_owned(),
            },
            500,
            None,
        ),
    ];
    for (fault, status, seconds) in table {
        let problem = Problem::from(fault);
        assert_eq!(problem.status().as_u16(), status);
        assert_eq!(problem.retry_after_s, seconds);
        let text = problem.issue().diagnostics.clone().unwrap_or_default();
        assert!(!text.contains("10.1.2.3"), "{text}");
    }
}
