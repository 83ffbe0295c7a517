//! Membership by vote in tables: every refusal beside a twin that succeeds, each boundary, and the end of epochs.
use crate::book::{Book, check};
use crate::membership::ballot::{Tally, cast, tally};
use amanat_types::MemberId;
use amanat_types::codec::List;
use amanat_types::limits::MEMBERS_MAX;
use amanat_types::state::Ballot;

/// Whoever may propose and vote, once each; what decides. Five members: four approvals pass, two refusals fail.
pub const VOTES: &str = "
    0   a   propose p suspend e     => ok [ProposalMade]
    0   a   propose p suspend e     => ProposalExists [CallRefused]
    # The id is of the member and its own name for it.
    0   b   propose p limits 5000 5000 => ok
    0   b   vote b/q yes            => ProposalUnknown
    0   a   vote a/p yes            => VoteRepeated
    0   a   vote a/p no             => VoteFinal
    0   b   vote a/p yes            => ok [VoteCast]
    0   b   vote a/p yes            => VoteRepeated
    0   b   vote a/p no             => VoteFinal
    0   c   vote a/p no             => ok [VoteCast]
    0   c   vote a/p yes            => VoteFinal
    0   d   vote a/p yes            => ok [VoteCast]
    0   e   vote a/p yes            => ok [VoteCast ProposalPassed]
    # What a member has said is answered first, so that a retry meets the same answer.
    0   d   vote a/p yes            => VoteRepeated
    # One more refusal than the others can outvote.
    0   c   vote b/p no             => ok [VoteCast]
    0   d   vote b/p no             => ok [VoteCast ProposalFailed]
    0   e   vote b/p yes            => ProposalClosed
    # Two in one transaction: the second fails, so nothing of the first stays.
    0   c   propose r protocol 4 ; vote a/p yes => VoteFinal@1
    0   c   propose r protocol 4    => ok
";

/// Votes last thirty days; the end is exclusive, and the end of the epoch clears away what is over.
pub const EXPIRY: &str = "
    0       a   propose p suspend e     => ok
    0       a   propose q suspend e     => ok
    1       b   propose p suspend e     => ok
    720h-1  b   vote a/p yes            => ok [VoteCast]
    720h    c   vote a/p yes            => ProposalExpired
    720h    b   vote a/p yes            => VoteRepeated
    epoch 720h-1                        => ok []
    epoch 720h                          => ok [ProposalFailed ProposalFailed]
    720h    c   vote a/p yes            => ProposalClosed
    720h    c   vote b/p yes            => ok
    epoch 720h+1                        => ok [ProposalFailed]
    epoch 720h+1                        => ok []
";

/// A whole epoch lies between the one in which a change passes and the first in which it is in force.
pub const DELAY: &str = "
    0  a    propose p suspend e         => ok
    0  b    vote a/p yes                => ok
    0  c    vote a/p yes                => ok
    epoch                               => ok []
    0  d    vote a/p yes                => ok [VoteCast ProposalPassed]
    epoch                               => ok []
    0  e    anchor vault 1              => ok
    epoch                               => ok [ChangeApplied]
    0  e    anchor vault 2              => !SponsorUnknown
    epoch                               => ok []
";

/// Four members: three of four approve.
pub const FOUR: &str = "
    0  a    propose p limits 5000 5000  => ok
    0  b    vote a/p yes                => ok [VoteCast]
    0  c    vote a/p yes                => ok [VoteCast ProposalPassed]
    0  a    propose q limits 5000 5000  => ok
    0  b    vote a/q no                 => ok [VoteCast]
    0  c    vote a/q no                 => ok [VoteCast ProposalFailed]
";

/// Six members: four approve; three that do not are too many.
pub const SIX: &str = "
    0  a    propose p limits 5000 5000  => ok
    0  b    vote a/p yes                => ok [VoteCast]
    0  c    vote a/p no                 => ok [VoteCast]
    0  d    vote a/p no                 => ok [VoteCast]
    0  e    vote a/p yes                => ok [VoteCast]
    0  f    vote a/p yes                => ok [VoteCast ProposalPassed]
    0  a    propose q limits 5000 5000  => ok
    0  b    vote a/q no                 => ok [VoteCast]
    0  c    vote a/q no                 => ok [VoteCast]
    0  d    vote a/q no                 => ok [VoteCast ProposalFailed]
";

/// Seven members: five approve.
pub const SEVEN: &str = "
    0  a    propose p limits 5000 5000  => ok
    0  b    vote a/p yes                => ok [VoteCast]
    0  c    vote a/p yes                => ok [VoteCast]
    0  d    vote a/p yes                => ok [VoteCast]
    0  e    vote a/p no                 => ok [VoteCast]
    0  f    vote a/p no                 => ok [VoteCast]
    0  g    vote a/p yes                => ok [VoteCast ProposalPassed]
    0  a    propose q limits 5000 5000  => ok
    0  b    vote a/q no                 => ok [VoteCast]
    0  c    vote a/q no                 => ok [VoteCast]
    0  d    vote a/q no                 => ok [VoteCast ProposalFailed]
";

/// Admission: a number that nobody has, keys that fit, that nobody has and that sign.
pub const ADMIT: &str = "
    0  a                  propose n admit f keys=tx                             => KeyNotProven
    0  a+tx:f             propose n admit e keys=tx@seed:x                      => MemberExists
    0  a+tx:f             propose n admit f keys=vault@tx:f                     => MemberKeysUnfit
    0  a+tx:f             propose n admit f keys=tx,vault@tx:f                  => MemberKeysUnfit
    0  a+tx:f+con:f+con:g propose n admit f keys=tx,con,con@con:g               => MemberKeysUnfit
    0  a+tx:f+p           propose n admit f keys=tx,con@p                       => MemberKeysUnfit
    0  a+tx:f             propose n admit f keys=tx,vault@vault:b               => KeyTaken
    0  a+tx:f             propose n admit f keys=tx,vault                       => KeyNotProven
    # A governance key may be on a card.
    0  a+tx:f+vault:f+con:f+p propose n admit f keys=tx,vault,con,gov@p         => ok [ProposalMade]
    0  f                  anchor vault 1                                        => !SponsorUnknown
    0  b                  vote a/n yes                                          => ok
    0  c                  vote a/n yes                                          => ok
    0  d                  vote a/n yes                                          => ok [VoteCast ProposalPassed]
    # The same again, and another with one of its keys: lawful until the first is in force.
    0  b+tx:f             propose n admit f keys=tx                             => ok
    0  b+tx:f             propose o admit g keys=tx@tx:f                        => ok
    0  c                  vote b/n yes                                          => ok
    0  d                  vote b/n yes                                          => ok
    0  e                  vote b/n yes                                          => ok
    0  c                  vote b/o yes                                          => ok
    0  d                  vote b/o yes                                          => ok
    0  e                  vote b/o yes                                          => ok
    epoch                                                                       => ok []
    # Somebody declares its directory before: in vain.
    0  c                  declare dir:f/p1                                      => ok
    epoch                 => ok [ChangeApplied ChangeDropped:MemberExists ChangeDropped:KeyTaken]
    0  f                  deposit r dir:f by=dir held=a,f                       => ok
    0  a                  request t by=dir records=f/r for=HOPERAT              => ok
    # It has a governance key, so its transaction key alone does not propose or vote.
    0  f                  propose p suspend e                                   => GovernanceKeyNotPresent
    0  f+tx:a             propose p suspend e                                   => GovernanceKeyNotPresent
    0  f+p                propose p suspend e                                   => ok
    0  a                  propose p suspend e                                   => ok
    0  f                  vote a/p yes                                          => GovernanceKeyNotPresent
    0  f+p                vote a/p yes                                          => ok
";

/// Suspended, a member does nothing, and nothing is done for it; reinstated, it is as before. Removed, it is gone.
pub const STANDING: &str = "
    0  a+c1   patient p1 card=c1                                                => ok
    0  a      declare x1/p1                                                     => ok
    0  e+dr   practitioner dr                                                   => ok
    0  a      propose s suspend f                                               => MemberUnknown
    0  a      propose s reinstate e                                             => MemberNotSuspended
    0  a      propose s reinstate f                                             => MemberNotSuspended
    0  a      propose s remove f                                                => MemberGone
    0  a      propose s suspend d                                               => TooFewValidators
    0  a      propose s remove d                                                => TooFewValidators
    0  a      propose s suspend e                                               => ok
    0  b      vote a/s yes                                                      => ok
    0  c      vote a/s yes                                                      => ok
    0  d      vote a/s yes                                                      => ok [VoteCast ProposalPassed]
    0  e      propose own limits 5000 5000                                      => ok
    epoch                                                                       => ok []
    0  a+c1   grant g0 p1 to=e/dr open=x1                                       => ok
    0  a      deposit r0 dir:a by=dir held=a,e                                  => ok
    epoch                                                                       => ok [ChangeApplied]
    0  e      anchor vault 1                                                    => !SponsorUnknown
    0  e      vote a/s yes                                                      => !SponsorUnknown
    0  a+c1   grant g1 p1 to=e/dr open=x1                                       => GranteeUnknown
    0  a+c1   grant g1 p1 to=e open=x1                                          => GranteeUnknown
    0  a+c1   grant g1 p1 to=b open=x1                                          => ok
    0  a      deposit r1 dir:a by=dir held=a,e                                  => HolderUnknown
    0  a      propose t suspend e                                               => MemberUnknown
    # Four are active now: its own approval counts for nothing while it is suspended, so three others are needed.
    0  a      vote e/own yes                                                    => ok [VoteCast]
    0  b      vote e/own yes                                                    => ok [VoteCast]
    0  c      vote e/own yes                                                    => ok [VoteCast ProposalPassed]
    0  a      propose r reinstate e                                             => ok
    0  b      vote a/r yes                                                      => ok
    0  c      vote a/r yes                                                      => ok [VoteCast ProposalPassed]
    epoch                                                                       => ok []
    epoch                                                                       => ok [ChangeApplied ChangeApplied]
    0  e      anchor vault 1                                                    => ok
    0  a+c1   grant g2 p1 to=e/dr open=x1                                       => ok
    0  a      deposit r1 dir:a by=dir held=a,e                                  => ok
    # Removed twice, rotated and reinstated in one epoch: what passed first wins, the rest is dropped.
    0  a      propose u remove e                                                => ok
    0  b      propose u remove e                                                => ok
    0  b+seed:1 propose v rotate e keys=tx@seed:1                               => ok
    0  b      vote a/u yes                                                      => ok
    0  c      vote a/u yes                                                      => ok
    0  c      vote b/u yes                                                      => ok
    0  c      vote b/v yes                                                      => ok
    0  d      vote b/v yes                                                      => ok
    0  d      vote b/u yes                                                      => ok
    0  d      vote a/u yes                                                      => ok [VoteCast ProposalPassed]
    0  a      vote b/v yes                                                      => ok [VoteCast ProposalPassed]
    0  e      vote b/u yes                                                      => ok [VoteCast ProposalPassed]
    epoch                                                                       => ok []
    epoch             => ok [ChangeApplied ChangeDropped:MemberGone ChangeDropped:MemberGone]
    0  e      anchor vault 2                                                    => !SponsorUnknown
    0  a      propose w remove e                                                => MemberGone
    0  a      propose w reinstate e                                             => MemberNotSuspended
    0  a+seed:1 propose w rotate e keys=tx@seed:1                               => MemberGone
    0  a+seed:1 propose w admit e keys=tx@seed:1                                => MemberExists
    0  a+tx:e propose w admit f keys=tx@tx:e                                    => KeyTaken
    0  a+tx:f propose w admit f keys=tx                                         => ok
";

/// New keys prove possession and are nobody's; old ones stop acting and stay taken.
pub const ROTATE: &str = "
    0  a                propose k rotate e keys=vault@seed:1                    => MemberKeysUnfit
    0  a+seed:1         propose k rotate f keys=tx@seed:1                       => MemberGone
    0  a+tx:e           propose k rotate e keys=tx@tx:e                         => KeyTaken
    0  a                propose k rotate e keys=tx@seed:1                       => KeyNotProven
    0  a+seed:1         propose k rotate d keys=tx@seed:1                       => TooFewValidators
    0  a+seed:1+seed:2  propose k rotate d keys=tx@seed:1,con@seed:2            => ok
    0  a+seed:3+seed:4  propose l rotate e keys=tx@seed:3,vault@seed:4          => ok
    0  b                vote a/k yes                                            => ok
    0  c                vote a/k yes                                            => ok
    0  e                vote a/k yes                                            => ok
    0  b                vote a/l yes                                            => ok
    0  c                vote a/l yes                                            => ok
    0  d                vote a/l yes                                            => ok
    epoch                                                                       => ok []
    0  e                anchor vault 1                                          => ok
    0  e@seed:3         anchor vault 1                                          => !SponsorKeyWrong
    0  a                deposit r0 dir:a by=dir held=a,e                        => ok
    epoch                                                                       => ok [ChangeApplied ChangeApplied]
    0  e                anchor vault 2                                          => !SponsorKeyWrong
    0  e@seed:4         anchor vault 2                                          => !SponsorKeyWrong
    0  e@seed:3         anchor vault 2                                          => ok
    0  a                deposit r1 dir:a by=dir held=a,e                        => HolderUnknown
    0  a+tx:e           practitioner x key=tx:e                                 => KeyTaken
    0  a+tx:e           propose m admit f keys=tx@tx:e                          => KeyTaken
    0  a+con:d          propose m admit f keys=tx@con:d                         => KeyTaken
";

/// Limits are bounded, versions follow one another.
pub const RULES: &str = "
    0  a    propose p limits 999 5000       => LimitsUnsound
    0  a    propose p limits 5000 4095      => LimitsUnsound
    0  a    propose p limits 200001 5000    => LimitsUnsound
    0  a    propose p limits 5000 199001    => LimitsUnsound
    0  a    propose p limits 1000 199000    => ok
    0  a    propose q limits 200000 4096    => ok
    0  a    propose r protocol 3            => ProtocolNotNext
    0  a    propose r protocol 5            => ProtocolNotNext
    0  a    propose r protocol 0            => ProtocolNotNext
    0  a    propose r protocol 4            => ok
    0  b    propose r protocol 4            => ok
";

/// One member has at most four proposals open or scheduled.
pub const BUSY: &str = "
    0  a    propose p1 limits 5000 5000     => ok
    0  a    propose p2 limits 5000 5000     => ok
    0  a    propose p3 limits 5000 5000     => ok
    0  a    propose p4 limits 5000 5000     => ok
    0  a    propose p5 limits 5000 5000     => ProposerBusy
    0  b    propose p5 limits 5000 5000     => ok
    # Scheduled is still busy; failed is not.
    0  b    vote a/p1 yes                   => ok
    0  c    vote a/p1 yes                   => ok
    0  d    vote a/p1 yes                   => ok [VoteCast ProposalPassed]
    0  a    propose p5 limits 5000 5000     => ProposerBusy
    0  b    vote a/p2 no                    => ok
    0  c    vote a/p2 no                    => ok [VoteCast ProposalFailed]
    0  a    propose p5 limits 5000 5000     => ok
    0  a    propose p6 limits 5000 5000     => ProposerBusy
    epoch                                   => ok []
    epoch                                   => ok [ChangeApplied]
    0  a    propose p6 limits 5000 5000     => ok
";

#[test]
fn voting() {
    check(VOTES);
    check(EXPIRY);
    check(DELAY);
    check(BUSY);
}

#[test]
fn two_thirds() {
    Book::of(4, 4).check(FOUR);
    Book::of(6, 4).check(SIX);
    Book::of(7, 7).check(SEVEN);
}

#[test]
fn changes() {
    check(ADMIT);
    check(STANDING);
    check(ROTATE);
    check(RULES);
}

/// Three times the approvals against twice the active members, each of whom counts once.
#[test]
fn tallies() {
    let members: Vec<MemberId> = (1..=12).map(MemberId::new).collect();
    let ballots = |yes: usize, no: usize| -> Vec<Ballot> {
        let cast = |(at, member): (usize, &MemberId)| Ballot {
            member: *member,
            approve: at < yes,
        };
        members
            .iter()
            .take(yes + no)
            .enumerate()
            .map(cast)
            .collect()
    };
    for (active, needed) in [
        (1, 1),
        (4, 3),
        (5, 4),
        (6, 4),
        (7, 5),
        (8, 6),
        (9, 6),
        (12, 8),
    ] {
        let now = &members[..active];
        assert_eq!(tally(now, &ballots(needed, 0)), Tally::Passed, "{active}");
        assert_eq!(tally(now, &ballots(needed - 1, 0)), Tally::Open, "{active}");
        let against = active - needed;
        assert_eq!(tally(now, &ballots(0, against)), Tally::Open, "{active}");
        assert_eq!(tally(now, &ballots(0, against + 1)), Tally::Rejected);
        assert_eq!(tally(now, &ballots(needed, against)), Tally::Passed);
    }
    // Whoever is not active now counts for nothing.
    assert_eq!(tally(&members[8..], &ballots(10, 0)), Tally::Open);
    assert_eq!(tally(&members[8..], &ballots(11, 0)), Tally::Passed);
    assert_eq!(tally(&members[8..], &ballots(0, 9)), Tally::Open);
    assert_eq!(tally(&members[8..], &ballots(0, 10)), Tally::Rejected);
    assert_eq!(tally(&[], &ballots(3, 0)), Tally::Rejected);
}

/// A full list of ballots forgets those of members that are not active, and only then.
#[test]
fn ballots_of_the_inactive() {
    let ballot = |number: usize| Ballot {
        member: MemberId::new(u16::try_from(number).unwrap()),
        approve: true,
    };
    let active: Vec<MemberId> = (100..100 + MEMBERS_MAX).map(|n| ballot(n).member).collect();
    let of = |count: usize| List::new((0..count).map(ballot).collect()).unwrap();
    let new = ballot(200);
    let roomy = cast(&active, &of(MEMBERS_MAX - 1), new).unwrap();
    assert_eq!(roomy.len(), MEMBERS_MAX);
    let full = cast(&active, &of(MEMBERS_MAX), new).unwrap();
    assert_eq!(full.len(), MEMBERS_MAX - 100 + 1);
    assert_eq!(full.last(), Some(&new));
}
