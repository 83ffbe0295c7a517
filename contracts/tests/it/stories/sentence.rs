//! The sentences of stories, and the line of the language of tables that each stands for.
//!
//! A word in `<>` is a slot ([`super::slot`]). To add a sentence, add a row here and to `care-stories/README.md`, which a test
//! compares with this list.
use super::slot::{Place, Unfit, fill};
use std::collections::BTreeMap;

/// A sentence, and its line, with the slots by their names.
pub struct Sentence {
    /// In plain words.
    pub words: &'static str,
    /// In the language of tables (`contracts/src/book`).
    pub line: &'static str,
}

const fn sentence(words: &'static str, line: &'static str) -> Sentence {
    Sentence { words, line }
}

/// Every sentence that is a call.
#[rustfmt::skip]
pub const SENTENCES: &[Sentence] = &[
    // Visits.
    sentence("checks <patient> in as <new> on <categories> <end>", "checkin {new} {patient} open={categories} until={end} ticket={ticket}"),
    sentence("checks <patient> in as <new> on <categories> <end>, to read and write", "checkin {new} {patient} open={categories} write until={end} ticket={ticket}"),
    sentence("registers <patient> without a card (<reason>) as <new> on <categories> <end>", "nocard {new} {patient} reason={reason} open={categories} emergency={emergency} until={end}"),
    sentence("discharges <name>", "discharge {name}"),
    sentence("closes <name> with <span> of grace", "close {name} grace={span}"),
    sentence("seats <seats> at <name>", "team {name} seats={seats}"),
    sentence("seats only <seats> at <name>", "team {name} strict seats={seats}"),
    sentence("orders test <new> of <member> on <patient>'s <categories> out of <name> <end>", "order {new} {name} to={member} indexes={categories} until={end}"),
    sentence("refers <patient>'s <categories> to <member> as <new> out of <name> <end>", "order {new} {name} to={member} indexes={categories} refer until={end}"),
    sentence("refers <names> of <patient>'s <categories> to <member> as <new> out of <name> <end>", "order {new} {name} to={member} indexes={categories} records={names} refer until={end}"),
    sentence("refers <patient>'s <categories> to <member> as <new> out of <name> <end>, to read and write", "order {new} {name} to={member} indexes={categories} refer write until={end}"),
    sentence("ends order <name>", "endorder {name}"),
    // Consent.
    sentence("grants <new>: <grantee> may <access> <patient>'s <categories> for <purposes> <end>", "grant {new} {patient} to={grantee} access={access} open={categories} for={purposes} until={end}"),
    sentence("revokes grant <name>", "revoke {name}"),
    sentence("permits <new>: <grantee> may <access> <patient>'s <categories> for <purposes> <end>", "permit {new} {patient} to={grantee} access={access} open={categories} for={purposes} until={end}"),
    sentence("permits <new>: <grantee> may <access> <patient>'s <categories> for <purposes> from <start> <end>", "permit {new} {patient} to={grantee} access={access} open={categories} for={purposes} from={start} until={end}"),
    sentence("permits <new> on paper: <grantee> may <access> <patient>'s <categories> for <purposes> <end>", "permit {new} {patient} to={grantee} access={access} open={categories} for={purposes} until={end} paper"),
    sentence("permits <new>: <grantee> may <access> only <names> of <patient>'s <categories> for <purposes> <end>", "permit {new} {patient} to={grantee} access={access} open={categories} records={names} for={purposes} until={end}"),
    sentence("revokes permit <name>", "unpermit {name}"),
    sentence("restricts <new>: <denied> may not <access> <patient>'s <categories> <end>", "restrict {new} {patient} who={denied} access={access} indexes={categories} until={end}"),
    sentence("restricts <new>: <denied> may not <access> <patient>'s <categories> for <purposes> <end>", "restrict {new} {patient} who={denied} access={access} indexes={categories} for={purposes} until={end}"),
    sentence("restricts <new>: <denied> may not <access> anything of <patient> <end>", "restrict {new} {patient} who={denied} access={access} until={end}"),
    sentence("restricts <new>: <denied> may not <access> <names> of <patient> <end>", "restrict {new} {patient} who={denied} access={access} records={names} until={end}"),
    sentence("lifts restriction <name> of <patient>", "lift {patient} {name}"),
    // Records.
    sentence("files <new> under <patient>'s <categories> by <basis>", "deposit {new} {categories} by={basis} held=c,f"),
    sentence("files <new> in its directory", "deposit {new} dir:{sponsor} by=dir held=c,f"),
    sentence("corrects <name> by <new> under <patient>'s <categories> by <basis>", "amend {new} over={name} {categories} by={basis} held=c,f"),
    sentence("retracts <name>: <retraction>", "retract {name} reason={retraction}"),
    sentence("names <member> its successor", "name to={member}"),
    sentence("keeps <names> of <member>, held by <members>", "keep from={member} records={names} held={members}"),
    sentence("asks by <names> that <name> of <patient>'s <categories> be amended", "ask {name} {patient} note={names} open={categories}"),
    sentence("grants request <count> for <name>", "answer {name}:{count} accepted"),
    sentence("refuses request <count> for <name> by <names>", "answer {name}:{count} accurate note={names}"),
    sentence("takes longer for request <count> for <name> by <names>", "answer {name}:{count} extended note={names}"),
    sentence("disagrees by <names> with the answer to request <count> for <name>", "disagree {name}:{count} note={names}"),
    sentence("holds <names> as <new> <end>", "hold {new} records={names} until={end}"),
    sentence("holds <names> of <patient>'s <categories> as <new> <end>", "hold {new} of={patient} records={names} open={categories} until={end}"),
    sentence("ends hold <name>", "endhold {name}"),
    sentence("erases <names> of <patient>'s <categories>", "erase {patient} records={names} open={categories}"),
    sentence("confirms that <names> are deleted", "confirm records={names}"),
    // Access.
    sentence("asks for <patient>'s <categories> by <basis> as <new> for <purpose> <end>", "request {new} by={basis} indexes={categories} for={purpose} until={end}"),
    sentence("asks for <names> by <basis> as <new> for <purpose> <end>", "request {new} by={basis} records={names} for={purpose} until={end}"),
    sentence("asks for <names> of <patient> by <basis> as <new> for <purpose> <end>", "request {new} of={patient} by={basis} records={names} for={purpose} until={end}"),
    sentence("asks for <patient>'s <categories> at the patient's request as <new> for <purpose> <end>", "request {new} by=card:{patient} indexes={categories} open={categories} for={purpose} until={end}"),
    sentence("asks for the directory of <member> as <new> for <purpose> <end>", "request {new} by=dir indexes=dir:{member} for={purpose} until={end}"),
    sentence("breaks the glass for <patient> as <new> <end>", "glass {new} {patient} until={end}"),
    sentence("justifies <name>", "justify {name}"),
    // Law, payment, research.
    sentence("obtains mandate <new> on <patient>'s <categories> for <purpose> <end>", "mandate {new} {patient} open={categories} for={purpose} until={end}"),
    sentence("obtains mandate <new> on <patient>'s <categories> for <purpose> <end>, told from <start> on", "mandate {new} {patient} open={categories} for={purpose} until={end} notice={start}"),
    sentence("ends mandate <name>", "endmandate {name}"),
    sentence("reports <names> of <patient>'s <categories> to <member> as <new> <end>", "disclose {new} {patient} to={member} open={categories} records={names} report until={end}"),
    sentence("reports <names> of <patient>'s <categories> to <member> as <new> <end>, told from <start> on", "disclose {new} {patient} to={member} open={categories} records={names} report until={end} notice={start}"),
    sentence("discloses <names> of <patient>'s <categories> to <member> as <new> <end>", "disclose {new} {patient} to={member} open={categories} records={names} until={end}"),
    sentence("discloses <names> of <patient>'s <categories> to <member> as <new> <end>, told from <start> on", "disclose {new} {patient} to={member} open={categories} records={names} until={end} notice={start}"),
    sentence("ends disclosure <name>", "enddisclosure {name}"),
    sentence("registers study <new> <end>", "study {new} until={end}"),
    sentence("approves study <name>", "approve {name}"),
    sentence("ends study <name>", "endstudy {name}"),
    sentence("enrols <patient> in study <name> as <new> with <categories>", "enrol {new} {name} {patient} open={categories}"),
    sentence("withdraws enrolment <name>", "withdraw {name}"),
    sentence("demands who asked for <name> by order of <member>", "demand {name} by={member}"),
    sentence("says who asked for <name>", "staff {name}"),
    sentence("declares a breach of <names>", "breach of={names}"),
    sentence("declares a breach of <names> by order of <member>", "breach of={names} by={member}"),
    // Cards and persons.
    sentence("issues <patient>'s first card", "issue {patient} card=card-{patient}"),
    sentence("blocks <patient>'s card", "block {patient} card-{patient}"),
    sentence("suspends <patient>'s card", "suspend {patient} card-{patient}"),
    sentence("resumes <patient>'s card", "resume {patient} card-{patient}"),
    sentence("renews <patient>'s card <end>", "renew {patient} card-{patient} until={end}"),
    sentence("asks for a new card for <patient>", "reissue {patient} new-{patient}"),
    sentence("asks for a new card for <patient> by order of <member>", "reissue {patient} new-{patient} by={member}"),
    sentence("vetoes the new card for <patient>", "veto {patient}"),
    sentence("vetoes the new card for <patient> by order of <member>", "veto {patient} by={member}"),
    sentence("activates the new card for <patient>", "activate {patient} new-{patient}"),
    sentence("sets <patient>'s second key", "second {patient} second-{patient}"),
    sentence("links <guardian> to <patient> as <link> <end>", "link {patient} {guardian} {link} rights=read,decide until={end}"),
    sentence("links <guardian> to <patient> as <link>, to read only, <end>", "link {patient} {guardian} {link} rights=read until={end}"),
    sentence("links <guardian> to <patient> as <link> by order of <member> <end>", "link {patient} {guardian} {link} rights=read,decide until={end} by={member}"),
    sentence("unlinks <guardian> from <patient> as <link>", "unlink {patient} {guardian} {link}"),
    sentence("unlinks <guardian> from <patient> as <link> by order of <member>", "unlink {patient} {guardian} {link} by={member}"),
    sentence("records that <patient> cannot decide <end>", "incapable {patient} until={end}"),
    sentence("records that <patient> cannot decide, by order of <member>, <end>", "incapable {patient} until={end} by={member}"),
    sentence("records that <patient> can decide again", "capable {patient}"),
    sentence("records that <patient> died", "dead {patient}"),
    sentence("records that <patient> lives, by order of <member>", "alive {patient} by={member}"),
    // Members.
    sentence("ends the registration of <practitioner>", "end {practitioner}"),
    sentence("proposes <new> to suspend <member>", "propose {new} suspend {member}"),
    sentence("proposes <new> to reinstate <member>", "propose {new} reinstate {member}"),
    sentence("proposes <new> to remove <member>", "propose {new} remove {member}"),
    sentence("proposes <new> that <member> is in <place>", "propose {new} place {member} {place}"),
    sentence("proposes <new> to keep records for <count> days", "propose {new} retention {count}"),
    sentence("proposes <new> to limit a member to <count> units a block", "propose {new} limits {count} 4096"),
    sentence("votes for <name>", "vote {name} yes"),
];

/// The line of one sentence; labels that it gives are noted at `place`.
pub fn line(text: &str, place: &mut Place<'_>) -> Result<String, String> {
    let (mut lines, mut unfit) = (Vec::new(), Vec::new());
    for sentence in SENTENCES {
        match filled(sentence, text, place) {
            Ok(line) => lines.push(line),
            Err(Unfit::Other) => {}
            Err(Unfit::Unknown(what)) => unfit.push(what),
        }
    }
    match lines.len() {
        1 => {
            let (line, given) = lines.remove(0);
            for label in given {
                place.give(&label)?;
            }
            Ok(line)
        }
        0 if unfit.is_empty() => Err(format!("there is no such sentence: {text}")),
        0 => Err(format!("{}: {text}", unfit.join("; "))),
        _ => Err(format!("more than one sentence fits: {text}")),
    }
}

/// A line, and the labels that it gives.
type Filled = (String, Vec<String>);

fn filled(sentence: &Sentence, text: &str, place: &Place<'_>) -> Result<Filled, Unfit> {
    let mut unfit = Unfit::Other;
    let mut found = None;
    let mut every = |slots: &[(&str, &str)]| match fill(slots, place) {
        Ok(words) => found = Some(words),
        Err(Unfit::Unknown(what)) => unfit = Unfit::Unknown(what),
        Err(Unfit::Other) => {}
    };
    matches(sentence.words, text, &mut Vec::new(), &mut every);
    let Some((words, given)) = found else {
        return Err(unfit);
    };
    Ok((written(sentence.line, &words), given))
}

/// What is done with the slots of one reading.
type Each<'e> = &'e mut dyn FnMut(&[(&str, &str)]);

/// Calls `every` with the slots of each way in which `text` can be read as `words`.
fn matches<'t>(
    words: &'static str,
    text: &'t str,
    slots: &mut Vec<(&'static str, &'t str)>,
    every: Each<'_>,
) {
    let (literal, rest) = words.split_once('<').unwrap_or((words, ""));
    let Some(text) = text.strip_prefix(literal) else {
        return;
    };
    if rest.is_empty() {
        if text.is_empty() {
            every(slots);
        }
        return;
    }
    let (slot, after) = rest.split_once('>').unwrap();
    let next = after.split('<').next().unwrap();
    let ends: Vec<usize> = match next {
        "" => vec![text.len()],
        next => text.match_indices(next).map(|(at, _)| at).collect(),
    };
    for end in ends {
        slots.push((slot, &text[..end]));
        matches(after, &text[end..], slots, every);
        slots.pop();
    }
}

/// A line with its holes filled.
fn written(line: &str, words: &BTreeMap<&str, String>) -> String {
    let mut written = line.to_owned();
    for (slot, word) in words {
        written = written.replace(&format!("{{{slot}}}"), word);
    }
    assert!(!written.contains('{'), "a hole is open: {written}");
    written
}
