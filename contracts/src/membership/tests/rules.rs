//! What the network is run by, changed by vote: limits, and the version of the rules.
use super::epochs::next;
use crate::book::{Book, start, told};
use crate::{Failure, Fault, Inadmissible, Loaded, network_limits};
use amanat_types::genesis::{self, Genesis};
use amanat_types::state::NetworkLimits;
use amanat_types::{Refusal, StateKey};

/// Limits and the protocol version: the last that passed stands; the same version twice is dropped.
#[test]
fn limits_and_protocol() {
    let mut book = Book::new();
    let read = |book: &Book| {
        let mut loaded = Loaded::new();
        book.load([StateKey::limits()], &mut loaded);
        network_limits(&loaded).unwrap()
    };
    assert_eq!(read(&book), NetworkLimits::START);
    book.check(
        "
        0 a propose p limits 5000 6000 => ok
        0 a propose q limits 7000 8000 => ok
        0 a propose r protocol 4 => ok
        0 b propose r protocol 4 => ok
    ",
    );
    for id in ["a/q", "a/p", "b/r", "a/r"] {
        for voter in ["a", "b", "c", "d", "e"] {
            let tx = book.tx(&format!("0 {voter} vote {id} yes"));
            book.block(&[tx]);
        }
    }
    assert_eq!(next(&mut book).protocol, genesis::PROTOCOL);
    assert_eq!(read(&book), NetworkLimits::START);
    let execution = book.last_block(&[]);
    let told: Vec<String> = execution.boundary.iter().map(told).collect();
    let dropped = "ChangeDropped:ProtocolNotNext";
    assert_eq!(
        told,
        ["ChangeApplied", "ChangeApplied", "ChangeApplied", dropped]
    );
    let voted = NetworkLimits {
        member_units_per_block: 5000,
        emergency_units_per_block: 6000,
    };
    assert_eq!(read(&book), voted);
    // Members may vote for what this program does not know; it stops at the first block under it.
    assert_eq!(execution.next.unwrap().protocol, 4);
    let unknown = Failure::Fault(Fault::ProtocolUnknown(4));
    assert_eq!(book.try_block(&[]), Err(unknown));
    let absent = network_limits(&Loaded::from([(StateKey::limits(), None)]));
    assert_eq!(absent, Err(Fault::Absent { what: "limits" }));
}

/// A network that started under version 1: its calls go on, those of version 2 come into force with it and not before.
#[test]
fn an_upgrade() {
    let mut book = Book::founded(&Genesis {
        protocol: 1,
        ..start()
    });
    book.check(
        "
        0  a+rg      practitioner rg role=registrar               => ok
        0  a+dr      practitioner dr role=clinician               => ok
        0  a         declare x/p1                                 => ok
        0  a+dr      nocard v p1 open=x                           => ok
        0  a         propose r protocol 3                         => ProtocolNotNext
        0  a         propose r protocol 2                         => ok
        0  b         vote a/r yes                                 => ok
        0  c         vote a/r yes                                 => ok
        0  d         vote a/r yes                                 => ok
    ",
    );
    let issue = book.tx("0 a+rg+c1 issue p1 card=c1");
    let early = Failure::Inadmissible(Inadmissible {
        index: 0,
        refusal: Refusal::CallNotInForce,
    });
    while book.env.protocol == 1 {
        assert!(book.env.epoch < 3, "two epochs suffice");
        assert_eq!(
            book.try_block(std::slice::from_ref(&issue)),
            Err(early.clone())
        );
        book.last_block(&[]);
    }
    assert_eq!(book.env.protocol, 2);
    assert!(book.try_block(&[issue]).is_ok());
    book.check(
        "
        0  a+rg+c1   issue p1 card=c1                             => ok
        0  a+c1      suspend p1 c1                                => !CallNotInForce
        0  a         propose s protocol 3                         => ok
        0  b         vote a/s yes                                 => ok
        0  c         vote a/s yes                                 => ok
        0  d         vote a/s yes                                 => ok
    ",
    );
    while book.env.protocol == 2 {
        assert!(book.env.epoch < 6, "two epochs suffice");
        book.check("0  a+c1 suspend p1 c1 => !CallNotInForce");
        book.last_block(&[]);
    }
    assert_eq!(book.env.protocol, 3);
    book.check("0  a+c1      suspend p1 c1                                => ok");
}

/// The same for version 3: its calls, and what it adds to older ones.
#[test]
fn an_upgrade_to_version_3() {
    let mut book = Book::founded(&Genesis {
        protocol: 2,
        ..start()
    });
    book.check(
        "
        0  a         declare x/p1                                 => ok
        0  a+c1      patient p1 card=c1                           => ok
        0  a+c1      checkin v p1 open=x write                    => ok
        0  a         propose r protocol 3                         => ok
        0  b         vote a/r yes                                 => ok
        0  c         vote a/r yes                                 => ok
        0  d         vote a/r yes                                 => ok
    ",
    );
    let later = [
        "a+c1 restrict k p1",
        "a+c1 lift p1 a/k",
        "a+c1 permit g p1 open=x",
        "a+c1 unpermit a/g",
        "a+c1 team a/v seats=a/dr",
        "a close a/v",
        "a order o a/v indexes=x",
        "a endorder a/o",
        "a mandate m p1 open=x",
        "a study s",
        "a approve a/s",
        "a endstudy a/s",
        "a+c1 enrol n a/s p1 open=x",
        "a+c1 withdraw a/n",
        "a request t by=study:a/s:a/n indexes=x",
        "a review a/t not",
        "a demand a/t",
        "a staff a/t",
        "a endmandate a/m",
        "a disclose d p1 open=x records=a/r1",
        "a enddisclosure a/d",
        "a request t by=mandate:a/m indexes=x",
        "a request t by=pay:a/d records=a/r1",
        "a request t by=permit:a/g indexes=x",
        "a request t by=order:a/o indexes=x",
        "a request t by=care:a/v:ann:nurse:icu indexes=x",
        "a deposit r1 x by=permit:a/g",
        "a deposit r1 x by=order:a/o",
        "a amend r2 over=a/r1 x by=order:a/o",
    ];
    let later: Vec<_> = later
        .iter()
        .map(|line| book.tx(&format!("0 {line}")))
        .collect();
    let early = Failure::Inadmissible(Inadmissible {
        index: 0,
        refusal: Refusal::CallNotInForce,
    });
    while book.env.protocol == 2 {
        assert!(book.env.epoch < 3, "two epochs suffice");
        for tx in &later {
            let block = book.try_block(std::slice::from_ref(tx));
            assert_eq!(block, Err(early.clone()));
        }
        book.last_block(&[]);
    }
    for tx in &later {
        assert!(book.try_block(std::slice::from_ref(tx)).is_ok());
    }
}
