//! Records in tables: every refusal of its calls, and each boundary; holders and paths by hand.
mod amendments;
mod erasure;

use crate::book::{Book, blob, check, member, printed, stored_root, unsigned};
use amanat_types::call::Call;
use amanat_types::codec::List;
use amanat_types::id::BlobDigest;
use amanat_types::state::Record;
use amanat_types::stored::{StoredPath, StoredRoot, batch_root};
use amanat_types::{Digest, StateKey};
use commonware_codec::DecodeExt as _;

/// Bases to write, in the order in which they refuse.
pub const BASES: &str = "
    0  a         declare x1/p1 x2/p1 x3/p1                      => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+dr      practitioner dr until=500                      => ok
    0  a+d3      practitioner d3                                => ok
    0  b+d2      practitioner d2                                => ok
    0  a+c1      checkin v p1 open=x1,x2 write until=100        => ok
    0  a+c1      checkin r p1 open=x1 until=100                 => ok
    0  a+c1      grant g p1 to=a access=write open=x1,x2 until=100 => ok
    0  a+c1      grant h p1 to=a access=read-write open=x1 until=100 => ok
    0  a+c1      grant n p1 to=a access=read open=x1            => ok
    0  a+c1      grant p p1 to=a/dr access=write open=x1        => ok
    # Encounter.
    9  a         deposit r1 x1 by=visit:a/no                    => EncounterUnknown [CallRefused]
    9  b         deposit r1 x1 by=visit:a/v                     => EncounterNotYours
    100 a        deposit r1 x1 by=visit:a/v                     => EncounterEnded
    9  a         deposit r1 x1 by=visit:a/r                     => EncounterNoWrite
    9  a         deposit r1 x3 by=visit:a/v                     => IndexOutsideBasis
    99 a         deposit r1 x1 by=visit:a/v                     => ok [RecordDeposited]
    99 a         deposit r1 x1 by=visit:a/v                     => RecordExists
    99 a         discharge a/v                                  => ok
    99 a         deposit r2 x1 by=visit:a/v                     => EncounterEnded
    # Grant.
    99 a         deposit r2 x1 by=grant:a/no                    => GrantUnknown
    99 b         deposit r2 x1 by=grant:a/g                     => GranteeNotYou
    100 a        deposit r2 x1 by=grant:a/g                     => GrantExpired
    99 a         deposit r2 x1 by=grant:a/n                     => GrantNoWrite
    99 a         deposit r2 x3 by=grant:a/g                     => IndexOutsideBasis
    99 a         deposit r2 x2 by=grant:a/g                     => ok
    99 a         deposit r3 x1 by=grant:a/h                     => ok
    99 b+c1      revoke a/g                                     => ok
    99 a         deposit r4 x1 by=grant:a/g                     => GrantRevoked
    # A grant to a practitioner: who co-signs for the sponsor, and has not ended.
    99 a         deposit r4 x1 by=grant:a/p                     => GranteeNotYou
    99 a+d3      deposit r4 x1 by=grant:a/p                     => GranteeNotYou
    99 b+dr      deposit r4 x1 by=grant:a/p                     => GranteeNotYou
    500 a+dr     deposit r4 x1 by=grant:a/p                     => GranteeNotYou
    499 a+d3+dr  deposit r4 x1 by=grant:a/p                     => ok
    # Directory: the sponsor's own.
    9  a         deposit r5 x1 by=dir                           => IndexOutsideBasis
    9  a         deposit r5 dir:b by=dir                        => IndexOutsideBasis
    9  a         deposit r5 dir:a by=dir                        => ok
    # The same name at another member is another record.
    9  b         deposit r5 dir:b by=dir                        => ok
    # Twice in one transaction.
    9  a         deposit r6 dir:a by=dir ; deposit r6 dir:a by=dir => RecordExists@1
    9  a         deposit r6 dir:a by=dir ; deposit r7 dir:a by=dir => ok [RecordDeposited RecordDeposited]
";

/// Buckets and numbers of holders: exactly f+1 of distinct members.
pub const HOLDERS: &str = "
    0  a         deposit r1 dir:a by=dir bucket=14              => BucketUnknown
    0  a         deposit r1 dir:a by=dir bucket=255             => BucketUnknown
    0  a         deposit r1 dir:a by=dir held=                  => TooFewHolders
    0  a         deposit r1 dir:a by=dir held=a                 => TooFewHolders
    0  a         deposit r1 dir:a by=dir held=b,b               => TooFewHolders
    0  a         deposit r1 dir:a by=dir held=a,z               => HolderUnknown
    0  a         deposit r1 dir:a by=dir bucket=13 held=c,b     => ok
    0  a         deposit r2 dir:a by=dir held=e,d,c,b,a         => ok
";

/// Amending and retracting: own records, once.
pub const AMEND: &str = "
    0  a         declare x1/p1 x2/p1                            => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c1      checkin v p1 open=x1,x2 write until=100        => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
    0  a         deposit r2 x1 by=visit:a/v                     => ok
    9  a         amend n over=a/no x1 by=visit:a/v              => RecordUnknown [CallRefused]
    9  b         amend n over=a/r1 x1 by=visit:a/v              => RecordNotYours
    9  a         amend n over=a/r1 x2 by=visit:a/v              => IndexChanged
    9  a         amend r2 over=a/r1 x1 by=visit:a/v             => RecordExists
    9  a         amend r1 over=a/r1 x1 by=visit:a/v             => RecordExists
    9  a         amend n over=a/r1 x1 by=dir                    => IndexOutsideBasis
    9  a         amend n over=a/r1 x1 by=visit:a/v held=a       => TooFewHolders
    9  a         amend n over=a/r1 x1 by=visit:a/v              => ok [RecordAmended]
    9  a         amend m over=a/r1 x1 by=visit:a/v              => RecordSuperseded
    9  a         amend m over=a/n x1 by=visit:a/v               => ok
    9  a         retract a/no                                   => RecordUnknown
    9  b         retract a/r2                                   => RecordNotYours
    9  a         retract a/r2                                   => ok [RecordRetracted]
    9  a         retract a/r2                                   => RecordRetracted
    9  a         amend k over=a/r2 x1 by=visit:a/v              => RecordRetracted
    9  a         retract a/r1                                   => ok
";

/// Naming a successor: another active member, which co-signs with a transaction key.
pub const NAMING: &str = "
    0  a         name to=a                                      => SuccessorIsYou [CallRefused]
    0  a+tx:b    name to=z                                      => MemberUnknown
    0  a         name to=b                                      => SuccessorNotPresent
    0  a+vault:b name to=b                                      => SuccessorNotPresent
    0  a+tx:c    name to=b                                      => SuccessorNotPresent
    0  a+dr      practitioner dr                                => ok
    0  a+dr      name to=b                                      => SuccessorNotPresent
    0  a+tx:b    name to=b                                      => ok [SuccessorNamed]
    0  a+tx:b    name to=b                                      => ok [SuccessorNamed]
    0  a+tx:c    name to=c                                      => ok [SuccessorNamed]
    0  a         name                                           => ok [SuccessorNamed]
    0  e+tx:a    name to=a                                      => ok [SuccessorNamed]
";

/// Keeping: records of whoever named the sponsor, held by f+1 others; or the own ones, anew.
pub const KEEPING: &str = "
    0  a         deposit r1 dir:a by=dir                        => ok
    0  a         deposit r2 dir:a by=dir                        => ok
    0  a         deposit r3 dir:a by=dir                        => ok
    0  a         deposit gone dir:a by=dir                      => ok
    0  a         amend r4 over=a/r3 dir:a by=dir                => ok
    0  a         retract a/gone                                 => ok
    0  c         deposit r1 dir:c by=dir                        => ok
    # Nobody was named.
    9  b         keep from=a records=a/r1,a/r2 held=b,c         => NotSuccessor [CallRefused]
    9  a+tx:b    name to=b                                      => ok
    # Who, and which.
    9  c         keep from=a records=a/r1,a/r2 held=b,c         => NotSuccessor
    9  b         keep from=c records=c/r1 held=b,d              => NotSuccessor
    9  a         keep from=b records=a/r1 held=b,c              => NotSuccessor
    9  b         keep from=a records= held=b,c                  => NoRecords
    9  b         keep from=a records=a/r1,a/r1 held=b,c         => NoRecords
    9  b         keep from=a backwards records=a/r1,a/r2 held=b,c => NoRecords
    9  b         keep from=a records=a/r1,a/no held=b,c         => RecordUnknown
    9  b         keep from=a records=a/r1,c/r1 held=b,c         => RecordNotYours
    9  b         keep from=a records=a/r1,a/gone held=b,c       => RecordRetracted
    # At whom: f+1 distinct vaults of active members, the one that leaves not counted.
    9  b         keep from=a records=a/r1,a/r2 held=            => TooFewHolders
    9  b         keep from=a records=a/r1,a/r2 held=b           => TooFewHolders
    9  b         keep from=a records=a/r1,a/r2 held=b,b         => TooFewHolders
    9  b         keep from=a records=a/r1,a/r2 held=b,z         => HolderUnknown
    9  b         keep from=a records=a/r1,a/r2 held=a,b,c       => HolderLeaves
    9  b         keep from=a records=a/r1,a/r2 held=b,c ; keep from=a records=a/r4 held=b,c => StoredPathWrong
    9  b         keep from=a records=a/r1,a/r2 held=b,c         => ok [RecordsKept]
    # It has moved: the old custodian has no say, the new one has.
    9  b         keep from=a records=a/r1,a/r2 held=b,c         => RecordNotYours
    9  a         keep from=a records=a/r1 held=a,d              => RecordNotYours
    9  a         retract a/r1                                   => RecordNotYours
    9  a         amend n over=a/r1 dir:a by=dir                 => RecordNotYours
    9  b         retract a/r1                                   => ok
    9  b         keep from=b records=a/r1 held=b,c              => RecordRetracted
    # Another is named, or nobody: what has moved stays, the rest does not move.
    9  a+tx:d    name to=d                                      => ok
    9  b         keep from=a records=a/r3,a/r4 held=b,c         => NotSuccessor
    9  d         keep from=a records=a/r2 held=b,d              => RecordNotYours
    # A superseded record moves as any other.
    9  d         keep from=a records=a/r3 held=b,d              => ok [RecordsKept]
    9  a         name                                           => ok
    9  d         keep from=a records=a/r4 held=b,d              => NotSuccessor
    # The own records at other holders, the own vault among them.
    9  a         keep from=a records=a/r4 held=a                => TooFewHolders
    9  a         keep from=a records=a/r4 held=a,e              => ok [RecordsKept]
    # Succession goes on.
    9  b+tx:e    name to=e                                      => ok
    9  e         keep from=b records=a/r2 held=a,e              => ok
";

#[test]
fn naming() {
    check(NAMING);
}

#[test]
fn keeping() {
    check(KEEPING);
}

/// What moves is the custodian and the holders, nothing else; what is not named stays as it was.
#[test]
fn kept_values() {
    let (before, after) = KEEPING.split_once("    # Nobody was named.").unwrap();
    let mut book = Book::new();
    book.check(before);
    let deposited = record(&book, "a/r2");
    let (moves, rest) = after.split_once("    # It has moved").unwrap();
    book.check(moves.split_once('\n').unwrap().1);
    let kept = record(&book, "a/r2");
    let expected = Record {
        member: member("b"),
        holders: List::new(vec![member("b"), member("c")]).unwrap(),
        ..deposited
    };
    assert_eq!(kept, expected);
    assert_eq!(record(&book, "a/r4").member, member("a"));
    book.check(rest.split_once('\n').unwrap().1);
    assert_eq!(record(&book, "a/r3").member, member("d"));
    assert_eq!(
        record(&book, "a/r3").superseded_by,
        Some(crate::book::record("a/r4"))
    );
    assert_eq!(
        record(&book, "a/r4").holders.to_vec(),
        vec![member("a"), member("e")]
    );
    assert_eq!(record(&book, "a/r2").member, member("e"));
    assert_eq!(record(&book, "a/gone").member, member("a"));
}

/// Before version 3 neither call may stand in a block.
#[test]
fn keeping_before_its_version() {
    for (protocol, outcome) in [(2, "!CallNotInForce"), (3, "ok")] {
        let mut book = Book::new();
        book.env.protocol = protocol;
        book.check("0 a deposit r1 dir:a by=dir => ok");
        book.check(&format!("0 a+tx:b name to=b => {outcome}"));
        book.check(&format!(
            "0 b keep from=a records=a/r1 held=b,c => {outcome}"
        ));
    }
}

/// A member that was removed by vote before it was succeeded can still be; one that was removed succeeds nobody.
#[test]
fn keeping_after_a_removal() {
    let removed = |first: &str, whom: &str| {
        let mut book = Book::of(6, 6);
        book.check("0 a deposit r1 dir:a by=dir held=a,b,c => ok");
        book.check(first);
        book.check(&format!("0 c propose p remove {whom} => ok"));
        for voter in ["d", "e", "f"] {
            book.check(&format!("0 {voter} vote c/p yes => ok"));
        }
        book.check("epoch");
        book.check("epoch => [ChangeApplied]");
        book
    };
    let named = "0 a+tx:b name to=b => ok";
    removed(named, "a").check("0 b keep from=a records=a/r1 held=b,c => ok");
    removed(named, "b").check("0 b keep from=a records=a/r1 held=c,d => !SponsorUnknown");
    // The vault of a removed member holds nothing.
    removed(named, "a").check("0 b keep from=a records=a/r1 held=a,b,c => HolderUnknown");
    removed(named, "d").check("0 b keep from=a records=a/r1 held=b,d => HolderUnknown");
    removed("0 a+tx:c name to=c => ok", "b").check("0 a+tx:b name to=b => MemberUnknown");
}

#[test]
fn bases() {
    // Rows go back in time to show that only time was missing; a ledger's own clock never does.
    check(BASES);
}

#[test]
fn holders() {
    check(HOLDERS);
}

#[test]
fn amending() {
    check(AMEND);
}

fn record(book: &Book, word: &str) -> Record {
    let key = StateKey::record(&crate::book::record(word));
    Record::decode(book.state[&key].clone()).unwrap()
}

/// Both ends of an amendment name each other; holders are sorted and counted once.
#[test]
fn values() {
    let book = Book::after(AMEND);
    assert_eq!(
        record(&book, "a/r1").superseded_by,
        Some(crate::book::record("a/n"))
    );
    assert_eq!(
        record(&book, "a/n").supersedes,
        Some(crate::book::record("a/r1"))
    );
    assert_eq!(
        record(&book, "a/n").superseded_by,
        Some(crate::book::record("a/m"))
    );
    assert_eq!(record(&book, "a/r1").supersedes, None);
    let book = Book::after(HOLDERS);
    let holders = record(&book, "a/r1").holders;
    assert_eq!(holders.to_vec(), vec![member("b"), member("c")]);
    assert_eq!(record(&book, "a/r2").holders.len(), 5);
}

/// A larger batch of blobs, with the path of each.
struct Pile {
    blobs: Vec<BlobDigest>,
    root: Digest,
}

impl Pile {
    fn new() -> Self {
        let blobs: Vec<BlobDigest> = ["r0", "r1", "r2", "r3", "r4"].map(blob).to_vec();
        let root = batch_root(&blobs);
        Self { blobs, root }
    }

    fn path(&self, root: u8, position: u16) -> StoredPath {
        let paths = StoredPath::of_batch(&self.blobs).unwrap();
        let path = paths[usize::from(position)].clone();
        StoredPath { root, ..path }
    }
}

/// What becomes of a deposit of `r2` with these paths under these roots.
fn by_paths(paths: Vec<StoredPath>, roots: Vec<StoredRoot>) -> String {
    by_paths_under(3, paths, roots)
}

/// The same under the rules of a version.
fn by_paths_under(protocol: u16, paths: Vec<StoredPath>, roots: Vec<StoredRoot>) -> String {
    let mut book = Book::new();
    book.env.protocol = protocol;
    let mut tx = book.tx("0 a deposit r2 dir:a by=dir");
    tx.body.stored = List::new(roots).unwrap();
    let mut calls = tx.body.calls.into_vec();
    if let Call::Deposit(deposit) = &mut calls[0] {
        deposit.stored = List::new(paths).unwrap();
    }
    tx.body.calls = List::new(calls).unwrap();
    printed(&book.block(&[unsigned(tx.body)])).0
}

/// Paths: each leads from this blob to a root of the transaction whose holder is a vault; f+1 distinct members.
#[test]
fn paths() {
    let pile = Pile::new();
    let root = |who: &str| stored_root(member(who), pile.root);
    let both = || vec![root("c"), root("d")];
    let path = |at| pile.path(at, 2);
    assert_eq!(by_paths(vec![path(0), path(1)], both()), "ok");
    assert_eq!(by_paths(vec![path(0)], vec![root("c")]), "TooFewHolders");
    let twice = || vec![path(0), path(0)];
    assert_eq!(by_paths(twice(), vec![root("c")]), "TooFewHolders");
    assert_eq!(by_paths(twice(), vec![root("c"); 2]), "TooFewHolders");
    assert_eq!(by_paths(vec![path(0), path(2)], both()), "StoredPathWrong");
    // The path of another blob of the same pile.
    let other = pile.path(1, 3);
    assert_eq!(by_paths(vec![path(0), other], both()), "StoredPathWrong");
    // Another root than the pile's.
    let wrong = stored_root(member("d"), Digest::from([1; 32]));
    assert_eq!(
        by_paths(vec![path(0), path(1)], vec![root("c"), wrong]),
        "StoredPathWrong"
    );
    // A key of nobody; a member's key that is not its vault's.
    for key in [crate::book::key("nobody"), crate::book::key("tx:d")] {
        let nobody = StoredRoot {
            holder: key,
            ..root("d")
        };
        let roots = vec![root("c"), nobody];
        assert_eq!(by_paths(vec![path(0), path(1)], roots), "HolderUnknown");
    }
    // A root that no path names is not judged: it counts for nothing.
    let wrong = stored_root(member("d"), Digest::from([1; 32]));
    let roots = vec![root("c"), root("d"), wrong];
    assert_eq!(by_paths(vec![path(0), path(1)], roots), "ok");
}

/// Since version 3 one path counts for every holder that signed the same root, and for no other.
#[test]
fn one_path_for_all_that_signed_the_same() {
    let pile = Pile::new();
    let root = |who: &str| stored_root(member(who), pile.root);
    let both = || vec![root("c"), root("d")];
    let other = || stored_root(member("d"), Digest::from([1; 32]));
    for (protocol, outcome) in [(2, "TooFewHolders"), (3, "ok")] {
        for at in 0..2 {
            let one = vec![pile.path(at, 2)];
            assert_eq!(by_paths_under(protocol, one, both()), outcome);
        }
    }
    let one = || vec![pile.path(0, 2)];
    // Another root is another batch; one member twice is one holder.
    for roots in [vec![root("c"), other()], vec![root("c"), root("c")]] {
        assert_eq!(by_paths(one(), roots), "TooFewHolders");
    }
    assert_eq!(by_paths(one(), vec![other(), root("c")]), "StoredPathWrong");
    // Whoever signed the same root is judged: a key of nobody is refused, as in a batch without paths.
    let nobody = StoredRoot {
        holder: crate::book::key("nobody"),
        ..root("d")
    };
    let roots = vec![root("c"), root("d"), nobody];
    assert_eq!(by_paths(one(), roots.clone()), "HolderUnknown");
    let each = vec![pile.path(0, 2), pile.path(1, 2)];
    assert_eq!(by_paths_under(2, each, roots), "ok");
}

/// Without paths every root of the transaction is the root of exactly its deposits, in their order.
#[test]
fn batches() {
    let run = |roots: Vec<StoredRoot>| {
        let mut book = Book::new();
        let mut tx = book.tx("0 a deposit r1 dir:a by=dir ; deposit r2 dir:a by=dir");
        tx.body.stored = List::new(roots).unwrap();
        printed(&book.block(&[tx])).0
    };
    let root = |who: &str, words: &[&str]| {
        let blobs: Vec<BlobDigest> = words.iter().map(|word| blob(word)).collect();
        stored_root(member(who), batch_root(&blobs))
    };
    let good = ["r1", "r2"];
    assert_eq!(run(vec![root("b", &good), root("c", &good)]), "ok");
    for bad in [vec!["r2", "r1"], vec!["r1"], vec!["r1", "r2", "r3"]] {
        let roots = vec![root("a", &good), root("b", &good), root("c", &bad)];
        assert_eq!(run(roots), "StoredPathWrong");
    }
}

/// f is of the validators: with seven of them three holders are needed.
#[test]
fn holders_by_roster() {
    use amanat_types::state::RosterState;
    use commonware_codec::Encode as _;
    for (validators, held, outcome) in [
        (7, "a,b", "TooFewHolders"),
        (7, "a,b,c", "ok"),
        (6, "a,b", "ok"),
        (1, "a", "ok"),
        (3, "a", "ok"),
    ] {
        let mut book = Book::new();
        let roster = &book.state[&StateKey::roster()];
        let roster = RosterState::decode(roster.clone()).unwrap();
        let roster = RosterState {
            validators,
            ..roster
        };
        book.state
            .insert(StateKey::roster(), roster.encode().to_vec());
        let tx = book.tx(&format!("0 a deposit r1 dir:a by=dir held={held}"));
        assert_eq!(
            printed(&book.block(&[tx])).0,
            outcome,
            "{validators} {held}"
        );
    }
}

/// A vault of a member that left the roster holds nothing.
#[test]
fn holder_left() {
    use amanat_types::state::RosterState;
    use commonware_codec::Encode as _;
    let mut book = Book::new();
    let roster = &book.state[&StateKey::roster()];
    let roster = RosterState::decode(roster.clone()).unwrap();
    let members = List::new(roster.members[..4].to_vec()).unwrap();
    let roster = RosterState { members, ..roster };
    book.state
        .insert(StateKey::roster(), roster.encode().to_vec());
    let tx = book.tx("0 a deposit r1 dir:a by=dir held=a,e");
    assert_eq!(printed(&book.block(&[tx])).0, "HolderUnknown");
}
