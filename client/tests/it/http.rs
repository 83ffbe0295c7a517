//! Goal: the HTTP client is bounded and tells a refusal from a fault. Method: a server that answers what it is told.
use amanat_client::fault::{Failure, Fault};
use amanat_client::http::Bounds;
use amanat_client::serve::Held;
use amanat_client::wire::{failure, is_blob_size, problem};
use amanat_client::{HttpClient, Ledger, NodeClient};
use amanat_types::{Height, Refusal, TransactionId};
use bytes::Bytes;
use hyper::{Request, Response, body::Incoming, service::service_fn};
use std::convert::Infallible;
use std::time::Duration;
use tokio::net::TcpListener;

/// Serves `answer` for every request; gives the address.
async fn server(answer: fn(&str) -> (u16, Vec<u8>)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("bound").to_string();
    let service = service_fn(move |request: Request<Incoming>| async move {
        let (status, body) = answer(request.uri().path());
        if status == 0 {
            std::future::pending::<()>().await;
        }
        let mut response = Response::new(Held::new(Bytes::from(body), None));
        *response.status_mut() = status.try_into().expect("a status");
        response.headers_mut().insert("retry-after", 3.into());
        Ok::<_, Infallible>(response)
    });
    let limits = amanat_client::serve::Limits::default();
    tokio::spawn(amanat_client::serve::serve(
        listener,
        service,
        limits,
        None,
        amanat_client::serve::Tally::default(),
        std::future::pending(),
    ));
    address
}

#[tokio::test]
async fn a_missing_receipt_is_none_and_an_unavailable_node_says_when() {
    let base = server(|path| match path.starts_with("/v1/receipts") {
        true => (404, Vec::new()),
        false => (503, Vec::new()),
    })
    .await;
    let node = NodeClient::new(HttpClient::new(), &base);
    let receipt = node.receipt(TransactionId::new([1; 32])).await;
    assert!(receipt.expect("answered").is_none());
    let events = node.events(Height::new(1), 1, 0).await;
    assert!(matches!(
        events,
        Err(Fault::Unavailable {
            retry_after_ms: 3000,
            ..
        })
    ));
}

/// A full mempool is named by its refusal, and is passing all the same.
#[tokio::test]
async fn whatever_says_429_or_503_says_when() {
    let full = |refusal: Refusal| {
        let (_, body) = problem(&Failure::Refused(refusal));
        serde_json::to_vec(&body).expect("encodes")
    };
    assert!(full(Refusal::MempoolShareFull).starts_with(br#"{"number":19"#));
    let base = server(|path| match path {
        "/v1/transactions?wait=true" | "/v1/transactions" => (
            429,
            br#"{"number":19,"name":"MempoolShareFull","text":"x"}"#.to_vec(),
        ),
        _ => (
            503,
            br#"{"number":16,"name":"MempoolFull","text":"x"}"#.to_vec(),
        ),
    })
    .await;
    let node = NodeClient::new(HttpClient::new(), &base);
    let later = |fault: &Fault| {
        matches!(
            fault,
            Fault::Unavailable {
                retry_after_ms: 3000,
                ..
            }
        )
    };
    let submitted = node.submit(Vec::new()).await.expect_err("full");
    assert!(later(&submitted) && submitted.is_passing());
    let state = node.state(Vec::new()).await.expect_err("full");
    assert!(later(&state));
}

#[tokio::test]
async fn rubbish_is_a_protocol_fault() {
    let base = server(|_| (200, vec![0xff; 100])).await;
    let node = NodeClient::new(HttpClient::new(), &format!("http://{base}/"));
    let events = node.events(Height::new(1), 1, 0).await;
    assert!(matches!(events, Err(Fault::Protocol { .. })));
    assert!(matches!(node.status().await, Err(Fault::Protocol { .. })));
    let state = node.state(Vec::new()).await;
    assert!(matches!(state, Err(Fault::Protocol { .. })));
}

#[tokio::test]
async fn answers_are_bounded_in_time_and_size() {
    let bounds = Bounds {
        time: Duration::from_millis(200),
        bytes_max: 10,
    };
    let base = server(|path| match path {
        "/slow" => (0, Vec::new()),
        _ => (200, vec![0; 11]),
    })
    .await;
    let http = HttpClient::new();
    let slow = http.get(&base, "/slow", bounds).await;
    assert!(matches!(slow, Err(Fault::TimedOut { after_ms: 200, .. })));
    let long = http.get(&base, "/long", bounds).await;
    assert!(matches!(long, Err(Fault::Protocol { .. })));
    let nobody = http.get("127.0.0.1:1", "/", bounds).await;
    assert!(matches!(nobody, Err(Fault::Unreachable { .. })));
}

#[test]
fn every_refusal_crosses_the_border_and_back() {
    for refusal in Refusal::ALL {
        let (status, body) = problem(&Failure::Refused(*refusal));
        assert!((400..500).contains(&status), "{refusal}");
        let bytes = serde_json::to_vec(&body).expect("encodes");
        let back = failure("there", status, 0, &bytes);
        assert!(matches!(back, Failure::Refused(back) if back == *refusal));
    }
}

#[test]
fn faults_cross_the_border_without_internals() {
    let secret = "/var/lib/secret";
    let faults = [
        (
            Fault::storage(secret, std::io::ErrorKind::Other.into()),
            500,
        ),
        (
            Fault::storage(secret, std::io::ErrorKind::StorageFull.into()),
            507,
        ),
        (Fault::protocol(secret, secret), 500),
        (Fault::damaged("blob 00", secret), 500),
        (
            Fault::Unreachable {
                address: secret.into(),
                source: secret.into(),
            },
            503,
        ),
    ];
    for (fault, expected) in faults {
        let (status, body) = problem(&Failure::Fault(fault));
        assert_eq!(status, expected);
        let bytes = serde_json::to_vec(&body).expect("encodes");
        assert!(!String::from_utf8_lossy(&bytes).contains(secret));
        assert!(matches!(
            failure("there", status, 9, &bytes),
            Failure::Fault(_)
        ));
    }
}

#[test]
fn blob_sizes_are_buckets_and_a_seal() {
    assert!(is_blob_size(528));
    assert!(is_blob_size(4_194_304 + 16));
    for wrong in [0, 15, 16, 512, 527, 529, 4_194_304, usize::MAX] {
        assert!(!is_blob_size(wrong), "{wrong}");
    }
}

#[tokio::test]
async fn a_stored_signature_over_another_batch_or_by_nobody_is_not_taken() {
    use crate::fake::{FakeLedger, member, network, signer};
    use amanat_client::stores::{BlobPut, Stores as _};
    use amanat_client::wire::blob_digest;
    use amanat_client::{Asker, Doors, MemberClient};
    use amanat_types::RecordId;
    use amanat_types::stored::sign_stored;
    use commonware_codec::Encode as _;

    let bytes = vec![1u8; 528];
    let put = BlobPut {
        blob: blob_digest(&bytes),
        record: RecordId::new([1; 16]),
        wrap: vec![1],
        bytes,
    };
    let ask = async |answer: fn(&str) -> (u16, Vec<u8>)| {
        let base = server(answer).await;
        let asker = Asker {
            network: network(),
            member: member(1),
            signer: signer(1),
            clock: FakeLedger::new(1).clock(),
        };
        let door = Doors {
            key: None,
            vault: base.clone(),
            custodian: base,
        };
        let client = MemberClient::new(asker, [(member(2), door)].into()).expect("no key");
        client.put(member(2), vec![put.clone()]).await
    };
    let good = |_: &str| {
        let blob = blob_digest(&[1u8; 528]);
        (
            200,
            sign_stored(&signer(2), &network(), &[blob])
                .encode()
                .to_vec(),
        )
    };
    assert!(ask(good).await.is_ok());
    let other_root = |_: &str| {
        let blob = blob_digest(&[2u8; 528]);
        (
            200,
            sign_stored(&signer(2), &network(), &[blob])
                .encode()
                .to_vec(),
        )
    };
    let other_signer = |_: &str| {
        let blob = blob_digest(&[1u8; 528]);
        let mut stored = sign_stored(&signer(2), &network(), &[blob]);
        stored.holder = signer(3).public_key();
        (200, stored.encode().to_vec())
    };
    for answer in [ask(other_root).await, ask(other_signer).await] {
        assert!(matches!(
            answer,
            Err(Failure::Fault(Fault::Protocol { .. }))
        ));
    }
}
