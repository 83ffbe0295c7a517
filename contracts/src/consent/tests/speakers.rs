//! Restrictions and permits by whoever speaks for the patient: guardians, second keys, paper.
use crate::book::Book;

/// A patient with a second key and two guardians: `mum` decides and reads, by a second key of her own; `dad` only reads.
const WORLD: &str = "
    0  a         declare x1/p1                                  => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  b+cm      patient mum card=cm                            => ok
    0  b+cd      patient dad card=cd                            => ok
    0  a+dr      practitioner dr until=300d                     => ok
    0  a+d2      practitioner d2 until=300d                     => ok
    0  a+nu      practitioner nu role=nurse until=300d          => ok
    0  a+rg      practitioner rg role=registrar until=300d      => ok
    0  a+c1+rg+k1 second p1 k1                                  => ok
    0  a+cm+rg+km second mum km                                 => ok
    0  a+c1+cm+k1 link p1 mum proxy                             => ok
    0  a+c1+cd+k1 link p1 dad proxy rights=read                 => ok
    0  a+c1      checkin v p1 open=x1 write                     => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
";

/// Who may read for a patient does not decide; who decides takes back what the patient said, and the other way round.
pub const GUARDIANS: &str = "
    9  c+cd      restrict k p1                                  => RightMissing [CallRefused]
    9  c+cm      restrict k p1                                  => ok [RestrictionSet]
    9  c+cd      lift p1 c/k                                    => RightMissing
    9  a+c1      lift p1 c/k                                    => ok [RestrictionLifted]
    9  a+c1      restrict l p1                                  => ok
    9  c+cm      lift p1 a/l                                    => ok
    9  c+cd      permit g p1 open=x1                            => RightMissing
    9  c+cm      permit g p1 open=x1                            => ok [PermitGiven]
    9  b         request t by=permit:c/g indexes=x1             => ok
    9  c+cd      unpermit c/g                                   => RightMissing
    9  a+c1      unpermit c/g                                   => ok [PermitTakenBack]
    9  b         release b/t records=a/r1                       => BasisEnded
    9  a+c1      permit h p1 open=x1                            => ok
    9  a+dr+d2   incapable p1 until=1h                          => ok
    9  a+c1      restrict m p1                                  => GuardianDecides
    9  a+c1      unpermit a/h                                   => GuardianDecides
    9  c+cm      unpermit a/h                                   => ok
";

/// What is denied to everyone is not denied to a guardian who reads for the patient.
pub const READING: &str = "
    9  a+c1      restrict k p1 access=read-write                => ok
    9  b+cd      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => ok [TicketIssued]
    9  b         release b/t records=a/r1                       => ok
    9  a+c1      unlink p1 dad proxy                            => ok
    9  b         release b/t records=a/r1                       => BasisEnded
";

/// Standing consent is in force at once by the second key of whoever speaks, and by nobody else's.
pub const SECOND_KEY: &str = "
    9  a+c1+k1   permit g p1 open=x1 until=31d                  => ok
    9  b         request g by=permit:a/g indexes=x1             => ok
    9  a+c1+k1   permit h p1 open=x1 from=10d until=41d         => ok
    240h-1 b     request h by=permit:a/h indexes=x1 until=250h  => PermitNotYet
    240h b       request h by=permit:a/h indexes=x1 until=250h  => ok
    9  a+c1+km   grant i p1 to=b open=x1 until=31d              => NoSecondKey
    9  a+cm+k1   grant i p1 to=b open=x1 until=31d              => NoSecondKey
    9  a+cm+km   grant i p1 to=b open=x1 until=31d              => ok
    9  a+c1+km   permit i p1 open=x1 until=31d                  => ok
    24h+8 b      request i by=permit:a/i indexes=x1 until=30h   => PermitNotYet
    24h+9 b      request i by=permit:a/i indexes=x1 until=30h   => ok
    9  a+cm+km   permit j p1 open=x1 until=31d                  => ok
    9  b         request j by=permit:a/j indexes=x1             => ok
    # The guardian decides by its own key: the patient's may be in its hands.
    9  a+cm+k1   permit l p1 open=x1 until=31d                  => ok
    24h+8 b      request l by=permit:a/l indexes=x1 until=30h   => PermitNotYet
    24h+9 b      request l by=permit:a/l indexes=x1 until=30h   => ok
";

/// Paper is the patient's own word: without a card that works, and while the patient decides.
pub const PAPER: &str = "
    9  a+dr+nu   permit g p1 open=x1 paper                      => PatientHasCard
    9  a+c1      suspend p1 c1                                  => ok
    9  a+dr+nu   permit g p1 open=x1 paper                      => ok
    9  a+dr+d2   incapable p1 until=1h                          => ok
    1h-1 a+dr+nu permit h p1 open=x1 paper until=2h             => GuardianDecides
    1h a+dr+nu   permit h p1 open=x1 paper until=2h             => ok
    1h a+dr+rg   dead p1                                        => ok
    1h a+dr+nu   permit i p1 open=x1 paper until=2h             => PatientDead
    # Its sponsor takes paper back, whatever happened to the patient.
    1h a         unpermit a/h                                   => ok
";

#[test]
fn speaking() {
    for table in [GUARDIANS, READING, SECOND_KEY, PAPER] {
        Book::after(WORLD).check(table);
    }
}

/// A permit that waits on paper waits too, unless the patient's second key signs beside the witnesses.
#[test]
fn standing_on_paper() {
    Book::after(WORLD).check(
        "
        9  a+c1      suspend p1 c1                              => ok
        9  a+dr+nu   permit g p1 open=x1 paper until=31d        => ok
        24h+8 b      request g by=permit:a/g indexes=x1 until=30h => PermitNotYet
        24h+9 b      request g by=permit:a/g indexes=x1 until=30h => ok
        9  a+dr+nu+k1 permit h p1 open=x1 paper until=31d       => ok
        9  b         request h by=permit:a/h indexes=x1         => ok
        ",
    );
}

/// What one block makes and the same block ends: whoever speaks is loaded for both.
#[test]
fn within_one_block() {
    for lines in [
        // An order out of a visit that the block did not open.
        ["0 a order o a/v indexes=x1", "0 c+cm endorder a/o"],
        ["0 a+c1 permit g p1 open=x1", "0 c+cm unpermit a/g"],
        ["0 a+c1 checkin w p1 open=x1", "0 c+cm discharge a/w"],
        [
            "0 a order o a/v indexes=x1",
            "0 b deposit s x1 by=order:a/o",
        ],
        [
            "0 c+cm restrict k p1 who=b",
            "0 b+cm request t by=card:p1 for=PATRQT indexes=x1 open=x1",
        ],
    ] {
        let mut book = Book::after(WORLD);
        let txs: Vec<_> = lines.iter().map(|line| book.tx(line)).collect();
        let execution = book.block(&txs);
        for receipt in &execution.receipts {
            let accepted = matches!(receipt.outcome, amanat_types::receipt::Outcome::Accepted(_));
            assert!(accepted, "{lines:?}: {:?}", receipt.outcome);
        }
    }
}
