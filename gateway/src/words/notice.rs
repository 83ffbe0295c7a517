//! What a patient is told of without asking.
use amanat_exchange::Moment;
use amanat_types::call::AmendmentAnswer;
use amanat_types::{Event, MemberId};

use super::{Language, day};

/// A notice in words.
pub(crate) struct Told {
    /// What it is about: `urn:amanat:notice`.
    pub(crate) code: &'static str,
    /// For the patient.
    pub(crate) text: String,
    /// For a way that others may read: nothing about health, nor by whom it was asked for.
    pub(crate) short: &'static str,
}

/// What may be said on a way that others read.
#[derive(Clone, Copy)]
enum Short {
    /// There is news.
    News,
    /// Somebody does something with the card, which its owner may have to stop.
    Card,
}

impl Short {
    const fn words(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::News, Language::English) => {
                "Amanat: there is news about your file. Ask for it with your card."
            }
            (Self::News, Language::Urdu) => {
                "امانت: آپ کی فائل کے بارے میں ایک اطلاع ہے۔ اپنے کارڈ سے معلوم کریں۔"
            }
            (Self::Card, Language::English) => {
                "Amanat: something was changed on your card or on who speaks for you. If it was not you, go to any member with your card today."
            }
            (Self::Card, Language::Urdu) => {
                "امانت: آپ کے کارڈ یا آپ کی طرف سے بولنے والے میں تبدیلی ہوئی ہے۔ اگر یہ آپ نے نہیں کی تو آج ہی کارڈ لے کر کسی بھی رکن کے پاس جائیں۔"
            }
        }
    }
}

/// What is said of an event; nothing if a patient is not told of it.
pub(crate) fn of(language: Language, moment: &Moment) -> Option<Told> {
    let (code, short, english, urdu) = said(language, &moment.event)?;
    let day = day(moment.time_ms);
    let text = match language {
        Language::English => format!("On {day}: {english}."),
        Language::Urdu => format!("{day} کو: {urdu}۔"),
    };
    Some(Told {
        code,
        text,
        short: short.words(language),
    })
}

type Said = (&'static str, Short, String, String);

fn said(language: Language, event: &Event) -> Option<Said> {
    access(language, event)
        .or_else(|| law(event))
        .or_else(|| erasure(event))
        .or_else(|| card(event))
        .or_else(|| word(event))
        .or_else(|| rest(event))
}

fn plain(code: &'static str, short: Short, english: &str, urdu: &str) -> Said {
    (code, short, english.to_owned(), urdu.to_owned())
}

fn by(code: &'static str, member: MemberId, english: &str, urdu: &str) -> Said {
    let number = member.number();
    let english = format!("member {number} {english}");
    (code, Short::News, english, format!("رکن {number} {urdu}"))
}

/// Whose records were opened, by whom.
fn access(language: Language, event: &Event) -> Option<Said> {
    Some(match event {
        Event::TicketIssued(event) => {
            let number = event.member.number();
            let (purpose, basis) = (language.purpose(event.purpose), language.basis(event.basis));
            (
                "access",
                Short::News,
                format!(
                    "member {number} was allowed to open records of yours. Purpose: {purpose}. Basis: {basis}"
                ),
                format!(
                    "رکن {number} کو آپ کے ریکارڈ کھولنے کی اجازت ملی۔ مقصد: {purpose}۔ بنیاد: {basis}"
                ),
            )
        }
        Event::GlassBroken(event) => by(
            "broken-glass",
            event.member,
            "opened your records in an emergency, without your card; it must say why within a day",
            "نے ہنگامی حالت میں آپ کے کارڈ کے بغیر ریکارڈ کھولا؛ اسے ایک دن میں وجہ بتانی ہے",
        ),
        Event::GlassReviewed(event) => {
            let (english, urdu) = match event.upheld {
                true => (
                    "found that this opening in an emergency was right",
                    "نے ہنگامی رسائی کو درست قرار دیا",
                ),
                false => (
                    "found that this opening in an emergency was not right",
                    "نے ہنگامی رسائی کو غلط قرار دیا",
                ),
            };
            by("review", event.reviewer, english, urdu)
        }
        Event::BreachDeclared(event) => {
            let (member, by) = (event.member.number(), event.declared_by.number());
            (
                "breach",
                Short::News,
                format!(
                    "member {by} declared a breach: what member {member} had opened of your records was opened without a right to it, or fell into wrong hands. Ask member {by} what happened and what it does about it"
                ),
                format!(
                    "رکن {by} نے خلاف ورزی کا اعلان کیا: رکن {member} نے آپ کے ریکارڈ میں سے جو کھولا تھا وہ بغیر حق کے کھولا گیا یا غلط ہاتھوں میں پہنچا۔ رکن {by} سے پوچھیں کہ کیا ہوا اور وہ اس بارے میں کیا کر رہا ہے"
                ),
            )
        }
        Event::NameDemanded(event) => by(
            "name",
            event.authority,
            "asked who of a hospital's staff opened your records",
            "نے پوچھا کہ ہسپتال کے عملے میں سے کس نے آپ کا ریکارڈ کھولا",
        ),
        Event::StaffNamed(event) => by(
            "name",
            event.member,
            "told the authority who of its staff opened your records",
            "نے ادارے کو بتایا کہ اس کے عملے میں سے کس نے ریکارڈ کھولا",
        ),
        _ => return None,
    })
}

/// What the law opened, and what was disclosed.
fn law(event: &Event) -> Option<Said> {
    Some(match event {
        Event::MandateOpened(event) => by(
            "mandate",
            event.member,
            "may read records of yours, as a law lets it",
            "کو قانون کے تحت آپ کے ریکارڈ پڑھنے کا اختیار ملا",
        ),
        Event::MandateClosed(_) => plain(
            "mandate",
            Short::News,
            "an authority may read no more",
            "ایک ادارے کا پڑھنے کا اختیار ختم ہوا",
        ),
        Event::RecordsDisclosed(event) => by(
            "disclosure",
            event.member,
            &format!(
                "disclosed records of yours to member {}",
                event.recipient.number()
            ),
            &format!("نے آپ کے ریکارڈ رکن {} کو دیے", event.recipient.number()),
        ),
        Event::DisclosureClosed(_) => plain(
            "disclosure",
            Short::News,
            "a disclosure of your records ended",
            "آپ کے ریکارڈ کی فراہمی ختم ہوئی",
        ),
        _ => return None,
    })
}

/// What may not be erased for now, and what was.
fn erasure(event: &Event) -> Option<Said> {
    Some(match event {
        Event::RecordsHeld(event) => by(
            "hold",
            event.member,
            "placed a legal hold on records of yours: they may not be erased until it ends",
            "نے آپ کے ریکارڈ پر قانونی روک لگائی: اس کے ختم ہونے تک وہ مٹائے نہیں جا سکتے",
        ),
        Event::HoldEnded(event) => by(
            "hold",
            event.member,
            "ended its legal hold on records of yours",
            "نے آپ کے ریکارڈ پر لگی قانونی روک ختم کی",
        ),
        Event::RecordsErased(event) => by(
            "erasure",
            event.member,
            "erased records of yours, as you had asked: they are given to nobody any more, and whoever holds them deletes them",
            "نے آپ کی درخواست پر آپ کے ریکارڈ مٹا دیے: اب وہ کسی کو نہیں دیے جاتے، اور جن اداروں کے پاس وہ ہیں وہ انہیں مٹا دیتے ہیں",
        ),
        _ => return None,
    })
}

/// What became of the card, and of who speaks for its owner.
fn card(event: &Event) -> Option<Said> {
    let (code, english, urdu) = match event {
        Event::PatientRegistered(_) => ("card", "you were registered", "آپ کا اندراج ہوا"),
        Event::CardIssued(_) => ("card", "a card was issued to you", "آپ کو کارڈ جاری ہوا"),
        Event::CardWasBlocked(_) => ("card", "your card was blocked", "آپ کا کارڈ بند کر دیا گیا"),
        Event::CardWasSuspended(_) => {
            ("card", "your card was suspended", "آپ کا کارڈ معطل کیا گیا")
        }
        Event::CardWasResumed(_) => (
            "card",
            "your card is in force again",
            "آپ کا کارڈ دوبارہ کارآمد ہے",
        ),
        Event::CardRenewed(_) => ("card", "your card was renewed", "آپ کے کارڈ کی تجدید ہوئی"),
        Event::ReissueAsked(_) => (
            "reissue",
            "a new card was asked for in place of yours. Your old card, or any guardian of yours, can stop this within seven days",
            "آپ کے کارڈ کی جگہ نیا کارڈ مانگا گیا ہے۔ آپ کا پرانا کارڈ یا کوئی سرپرست سات دن میں اسے روک سکتا ہے",
        ),
        Event::ReissueVetoed(_) => (
            "reissue",
            "the request for a new card was stopped",
            "نئے کارڈ کی درخواست روک دی گئی",
        ),
        Event::CardActivated(_) => (
            "reissue",
            "the new card is in force",
            "نیا کارڈ کارآمد ہو گیا",
        ),
        Event::SecondKeyWasSet(_) => (
            "second-key",
            "a second key was set for you",
            "آپ کے لیے دوسری کلید مقرر ہوئی",
        ),
        Event::GuardianLinked(_) => (
            "guardian",
            "somebody was named to speak for you",
            "کسی کو آپ کی طرف سے بولنے کے لیے نامزد کیا گیا",
        ),
        Event::GuardianUnlinked(_) => (
            "guardian",
            "somebody speaks for you no more",
            "کوئی اب آپ کی طرف سے نہیں بولتا",
        ),
        Event::IncapacityRecorded(_) => (
            "incapacity",
            "it was recorded that you cannot decide yourself",
            "درج کیا گیا کہ آپ خود فیصلہ نہیں کر سکتے",
        ),
        Event::IncapacityEnded(_) => (
            "incapacity",
            "you decide yourself again",
            "آپ دوبارہ خود فیصلہ کرتے ہیں",
        ),
        Event::DeathRecorded(_) => ("death", "a death was recorded", "وفات درج کی گئی"),
        Event::DeathRetracted(_) => (
            "death",
            "the record of a death was taken back",
            "وفات کا اندراج واپس لیا گیا",
        ),
        _ => return None,
    };
    Some(plain(code, Short::Card, english, urdu))
}

/// What the patient permitted, denied, or took back.
fn word(event: &Event) -> Option<Said> {
    let (code, english, urdu) = match event {
        Event::ConsentGranted(_) | Event::PermitGiven(_) => (
            "consent",
            "consent to open records of yours was given",
            "آپ کے ریکارڈ کھولنے کی رضامندی دی گئی",
        ),
        Event::ConsentRevoked(_) | Event::PermitTakenBack(_) => {
            ("consent", "consent was taken back", "رضامندی واپس لی گئی")
        }
        Event::RestrictionSet(_) => (
            "restriction",
            "a restriction on your records was set",
            "آپ کے ریکارڈ پر پابندی لگائی گئی",
        ),
        Event::RestrictionLifted(_) => (
            "restriction",
            "a restriction on your records was lifted",
            "آپ کے ریکارڈ سے پابندی ہٹائی گئی",
        ),
        Event::SubjectEnrolled(_) => (
            "study",
            "you were enrolled in a study",
            "آپ ایک تحقیق میں شامل ہوئے",
        ),
        Event::SubjectWithdrawn(_) => ("study", "you left a study", "آپ ایک تحقیق سے نکل گئے"),
        Event::OrderPlaced(_) => (
            "order",
            "a test was ordered, or you were referred",
            "ٹیسٹ کا حکم دیا گیا یا آپ کو ریفر کیا گیا",
        ),
        _ => return None,
    };
    Some(plain(code, Short::News, english, urdu))
}

/// Amendments.
fn rest(event: &Event) -> Option<Said> {
    Some(match event {
        Event::AmendmentAsked(event) => by(
            "amendment",
            event.member,
            "was asked to amend a record of yours",
            "سے آپ کا ریکارڈ درست کرنے کی درخواست کی گئی",
        ),
        Event::AmendmentAnswered(event) => {
            let (english, urdu) = match event.answer {
                AmendmentAnswer::Accepted(_) => (
                    "amended a record as you had asked",
                    "نے آپ کی درخواست پر ریکارڈ درست کیا",
                ),
                AmendmentAnswer::Refused(_) => (
                    "did not amend a record; you may state that you disagree",
                    "نے ریکارڈ درست نہیں کیا؛ آپ اپنا اختلاف درج کرا سکتے ہیں",
                ),
                AmendmentAnswer::Extended(_) => (
                    "needs 30 days more to answer your request to amend a record",
                    "کو ریکارڈ درست کرنے کی درخواست کے جواب کے لیے مزید 30 دن درکار ہیں",
                ),
            };
            by("amendment", event.member, english, urdu)
        }
        Event::DisagreementStated(_) => plain(
            "amendment",
            Short::News,
            "your statement of disagreement goes with a record",
            "آپ کا اختلافی بیان ریکارڈ کے ساتھ جاتا ہے",
        ),
        _ => return None,
    })
}
