//! The world of these properties, and random histories of it.
use proptest::prelude::*;

/// Two patients with cards, one of them with a second key; two guardians; a child without a card; staff of every kind.
pub const WORLD: &str = "
    0 a          declare x1/p1 x2/p2 k/kid                    => ok
    0 a+c1       patient p1 card=c1                           => ok
    0 a+c2       patient p2 card=c2                           => ok
    0 b+cm       patient mum card=cm                          => ok
    0 b+cd       patient dad card=cd                          => ok
    0 a+dr       practitioner dr                              => ok
    0 a+d2       practitioner d2                              => ok
    0 a+rg       practitioner rg role=registrar               => ok
    0 b+br       practitioner br role=registrar               => ok
    0 e+of       practitioner of role=officer                 => ok
    0 e+o2       practitioner o2 role=officer                 => ok
    0 a+dr       nocard v kid open=k reason=newborn           => ok
    0 a+c1+rg+k1 second p1 k1                                 => ok
    0 a+c1       checkin v1 p1 open=x1 write                  => ok
    0 a          deposit r1 x1 by=visit:a/v1                  => ok
    0 a          deposit r2 k by=visit:a/v                    => ok
";

/// The patients, and every card that may ever be one of theirs.
pub const PATIENTS: [&str; 5] = ["p1", "p2", "mum", "dad", "kid"];
pub const CARDS: [&str; 8] = ["c1", "c2", "cm", "cd", "ck", "n1", "n2", "n3"];

/// Calls that give somebody a word, or back.
const GIVING: &[&str] = &[
    "a+{c}+rg resume {p} {c}",
    "a+{c}+k1 resume {p} {c}",
    "a+{c}+rg renew {p} {c} until={u}",
    "a+{n}+rg+of reissue {p} {n} by=e",
    "a+{n}+cm+cd reissue {p} {n}",
    "a+{c} veto {p}",
    "a+{g} veto {p}",
    "e+of veto {p} by=e",
    "b+{n}+br activate {p} {n}",
    "a+{g}+rg link kid {q} parent until={f}",
    "a+{g}+{c}+rg link kid {q} parent until={f}",
    "e+{g}+of+o2 link {p} {q} court rights={r} until={u} by=e",
    "a+{c}+{g}+k1 link {p} {q} proxy rights={r} until={u}",
    "a+{c}+{g} link {p} {q} proxy from={u} until={w}",
    "a+{c}+{g}+k1 link {p} {q} contingent rights={r} until={u}",
    "a+{c}+{g}+k1 link {p} {q} executor until={w}",
    "e+{g}+of+o2 link {p} {q} executor until={w} by=e",
    "a+{c}+dr capable {p}",
    "e+of+o2 capable {p} of-age by=e",
    "e+of+o2 alive {p} by=e",
    "a+rg+ck issue kid card=ck",
    "a+{c}+rg+k2 second {p} k2",
    "b+{c} request {t} by=card:{p} for=PATRQT indexes={x} open={x} until={d}",
    "b+{g} request {t} by=card:{p} for=PATRQT indexes={x} open={x} until={d}",
    "b+{g} request {t} by=card:{p} for=PATRQT indexes={x} open={x} until={d}",
    "b+{c} request {t} by=card:{p} for=PATRQT indexes={x} open={x} until={d}",
    "b+{g} request {t} by=card:{p} for=PATRQT indexes={x} open={x} until={d}",
    "b+{g} request {t} by=card:{p} for=PATRQT indexes={x} open={x} until={d}",
    "b+{c} request {t} by=card:{p} for=PATRQT indexes={x} open={x} until={d}",
    "b+{g} request {t} by=card:{p} for=PATRQT indexes={x} open={x} until={d}",
    "b+{g} request {t} by=card:{p} for=PATRQT indexes={x} open={x} until={d}",
];

/// Calls that take a word away, and for some also give one: incapacity and death call guardians.
const TAKING: &[&str] = &[
    "a+rg suspend {p} {c}",
    "a+{g} suspend {p} {c}",
    "a+rg suspend {q} {g}",
    "a+k1 suspend {p} {c}",
    "a+dr+d2 incapable {q} until={i}",
    "a+dr+d2 incapable {p} until={i}",
    "a+dr+d2 incapable {p} until={i}",
    "e+of+o2 incapable {p} until={u} by=e",
    "a+dr+rg dead {p}",
];

/// Calls that only take away.
pub const ENDING: &[&str] = &[
    "a+{c} unlink {p} {q} {l}",
    "a+{g} unlink {p} {q} {l}",
    "e+of+o2 unlink {p} {q} {l} by=e",
    "a+{c} suspend {p} {c}",
    "a+rg suspend {p} {c}",
    "a+rg block {p} {c}",
];

pub const HOUR: u64 = 3_600_000;
pub const DAY: u64 = 24 * HOUR;

/// A line at a time: words with holes are filled so that calls meet one another, and so that ends lie ahead of their time.
#[derive(Clone, Debug)]
pub struct Drawn {
    template: &'static str,
    pair: (&'static str, &'static str),
    guardian: (&'static str, &'static str),
    new: &'static str,
    link: &'static str,
    rights: &'static str,
    ahead: u64,
    month: u64,
    ticket: &'static str,
}

impl Drawn {
    pub fn line(&self, at: u64) -> String {
        let (p, c) = self.pair;
        let (q, g) = self.guardian;
        let x = match p {
            "p1" => "x1",
            "kid" => "k",
            _ => "x2",
        };
        let first = format!(
            "19{}.{:02}",
            70 + (self.month + 1) / 12,
            (self.month + 1) % 12 + 1
        );
        let times = [
            ("{u}", at + self.ahead),
            ("{w}", at + self.ahead + 30 * DAY),
            ("{i}", at + self.ahead.min(30 * DAY)),
            ("{d}", at + self.ahead.min(DAY)),
        ];
        let words = [
            ("{p}", p),
            ("{c}", c),
            ("{q}", q),
            ("{g}", g),
            ("{n}", self.new),
            ("{l}", self.link),
            ("{r}", self.rights),
            ("{x}", x),
            ("{t}", self.ticket),
            ("{f}", first.as_str()),
        ];
        let mut line = self.template.to_owned();
        for (hole, word) in words {
            line = line.replace(hole, word);
        }
        for (hole, time) in times {
            line = line.replace(hole, &time.to_string());
        }
        distinct_signers(&line)
    }
}

/// A key signs once.
fn distinct_signers(line: &str) -> String {
    let (signers, call) = line.split_once(' ').unwrap();
    let mut seen: Vec<&str> = Vec::new();
    for signer in signers.split('+') {
        if !seen.contains(&signer) {
            seen.push(signer);
        }
    }
    format!("{} {call}", seen.join("+"))
}

pub fn drawn(templates: &'static [&'static str]) -> impl Strategy<Value = Drawn> {
    let pick = |words: &'static [&'static str]| prop::sample::select(words);
    (
        pick(templates),
        prop::sample::select(
            &[
                ("p1", "c1"),
                ("p1", "c1"),
                ("p1", "c1"),
                ("p1", "c1"),
                ("p2", "c2"),
                ("kid", "ck"),
                ("mum", "cm"),
            ][..],
        ),
        prop::sample::select(
            &[
                ("mum", "cm"),
                ("mum", "cm"),
                ("mum", "cm"),
                ("dad", "cd"),
                ("p2", "c2"),
            ][..],
        ),
        pick(&["n1", "n2", "n3"]),
        pick(&[
            "parent",
            "court",
            "proxy",
            "proxy",
            "contingent",
            "executor",
        ]),
        pick(&["read,decide", "read,decide", "decide", "read"]),
        prop::sample::select(&[1, HOUR, 20 * HOUR, 2 * DAY, 20 * DAY, 100 * DAY][..]),
        0u64..10,
        pick(&["t1", "t2", "t3"]),
    )
        .prop_map(
            |(template, pair, guardian, new, link, rights, ahead, month, ticket)| Drawn {
                template,
                pair,
                guardian,
                new,
                link,
                rights,
                ahead,
                month,
                ticket,
            },
        )
}

/// A history: lines with times that go on.
pub fn history(length: usize) -> impl Strategy<Value = Vec<(u64, String)>> {
    let line = prop_oneof![6 => drawn(GIVING), 1 => drawn(TAKING), 1 => drawn(ENDING)];
    let step = prop::sample::select(&[0, 0, 0, 1, 1, HOUR, HOUR, 25 * HOUR, 7 * DAY][..]);
    prop::collection::vec((step, line), 0..length).prop_map(|lines| {
        let mut at = 1;
        let timed = |(step, drawn): (u64, Drawn)| {
            at += step;
            (at, drawn.line(at))
        };
        lines.into_iter().map(timed).collect()
    })
}
