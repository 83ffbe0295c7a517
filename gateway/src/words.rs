//! What a patient is told in words: in English and in Urdu, nothing in it but what the answer has in codes beside it.
pub(crate) mod notice;
mod past;
mod refusal;
mod role;

use amanat_exchange::AmendmentRow;
use amanat_exchange::accounting::Disclosure;
use amanat_exchange::explain::{Reader, Verdict, Way};
use amanat_fhir::Category;
use amanat_types::code::{AmendmentReason, BasisKind};
use amanat_types::{Purpose, TimestampMs};

/// The day of a time, UTC.
fn day(at: TimestampMs) -> String {
    amanat_fhir::instant(at.get()).chars().take(10).collect()
}

/// A language (BCP 47).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `en`.
    English,
    /// `ur`.
    Urdu,
}

impl Language {
    /// The language of this code.
    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::English),
            "ur" => Some(Self::Urdu),
            _ => None,
        }
    }

    fn pick(self, english: &'static str, urdu: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Urdu => urdu,
        }
    }

    /// One line of an accounting of disclosures.
    pub(crate) fn disclosure(self, one: &Disclosure) -> String {
        let (first, last) = (day(one.first_ms), day(one.last_ms));
        let unknown = self.pick("not known here", "یہاں معلوم نہیں");
        let purpose = one.purpose.map_or(unknown, |purpose| self.purpose(purpose));
        let basis = one.basis.map_or(unknown, |basis| self.basis(basis));
        let categories = one.categories.iter();
        let categories: Vec<_> = categories.map(|one| self.category(*one)).collect();
        let comma = self.pick(", ", "، ");
        let categories = match categories.is_empty() {
            true => unknown.to_owned(),
            false => categories.join(comma),
        };
        let (member, records) = (one.recipient.number(), one.records);
        match self {
            Self::English => {
                let when = match first == last {
                    true => format!("On {first}"),
                    false => format!("From {first} to {last}"),
                };
                let noun = if records == 1 { "record" } else { "records" };
                format!(
                    "{when} member {member} could open {records} {noun} ({categories}). Purpose: {purpose}. Basis: {basis}."
                )
            }
            Self::Urdu => {
                let when = match first == last {
                    true => format!("{first} کو"),
                    false => format!("{first} سے {last} تک"),
                };
                format!(
                    "{when} رکن {member} کو {records} ریکارڈ ({categories}) کھولنے دیے گئے۔ مقصد: {purpose}۔ بنیاد: {basis}۔"
                )
            }
        }
    }

    /// One request for amendment.
    pub(crate) fn amendment(self, one: &AmendmentRow, now: TimestampMs) -> String {
        let (asked, by) = (day(one.state.asked_ms), day(one.state.by_ms));
        let member = one.member.number();
        let became = match one.state.answered {
            None if one.state.by_ms <= now => match self {
                Self::English => format!("It should have been answered by {by}."),
                Self::Urdu => format!("اس کا جواب {by} تک آ جانا چاہیے تھا۔"),
            },
            None => match self {
                Self::English => format!("The answer is due by {by}."),
                Self::Urdu => format!("جواب {by} تک دینا ہے۔"),
            },
            Some(answered) => {
                let day = day(answered.time_ms);
                match (self, answered.refused) {
                    (Self::English, None) => format!("It was accepted on {day}."),
                    (Self::Urdu, None) => format!("{day} کو مان لیا گیا۔"),
                    (Self::English, Some(refused)) => {
                        format!("It was refused on {day}: {}.", self.reason(refused.reason))
                    }
                    (Self::Urdu, Some(refused)) => {
                        format!("{day} کو نہیں مانا گیا: {}۔", self.reason(refused.reason))
                    }
                }
            }
        };
        let said = match one.state.disagreement {
            None => "",
            Some(_) => self.pick(
                " Your statement of disagreement goes with the record.",
                " آپ کا اختلافی بیان ریکارڈ کے ساتھ جاتا ہے۔",
            ),
        };
        match self {
            Self::English => {
                format!("On {asked} you asked member {member} to amend a record. {became}{said}")
            }
            Self::Urdu => format!(
                "{asked} کو آپ نے رکن {member} سے ایک ریکارڈ درست کرنے کی درخواست کی۔ {became}{said}"
            ),
        }
    }

    /// Why a record is not amended.
    fn reason(self, reason: AmendmentReason) -> &'static str {
        match reason {
            AmendmentReason::NotOurs => self.pick(
                "the record was made by another, who can be asked",
                "یہ ریکارڈ کسی اور نے بنایا ہے جس سے پوچھا جا سکتا ہے",
            ),
            AmendmentReason::NotInSet => self.pick(
                "no decision about you is made from it",
                "اس سے آپ کے بارے میں کوئی فیصلہ نہیں کیا جاتا",
            ),
            AmendmentReason::NotOpen => self.pick(
                "the law does not let you see it",
                "قانون آپ کو اسے دیکھنے کی اجازت نہیں دیتا",
            ),
            AmendmentReason::Accurate => {
                self.pick("it is right and complete", "یہ درست اور مکمل ہے")
            }
        }
    }

    /// One way to a patient's records.
    pub fn way(self, one: &Way) -> String {
        let who = self.reader(&one.reader);
        let purpose = self.purpose(one.purpose);
        let basis = self.basis(one.basis.kind());
        let until = day(one.until_ms);
        let kept = !one.withheld.is_empty();
        match (self, one.verdict) {
            (Self::English, Verdict::Granted) => {
                let kept = if kept {
                    " A part is kept back by your restrictions."
                } else {
                    ""
                };
                format!(
                    "{who} could open records until {until}. Purpose: {purpose}. Basis: {basis}.{kept}"
                )
            }
            (Self::English, Verdict::Refused(refusal)) => {
                let why = self.refusal(refusal);
                format!("{who} could not, although the basis {basis} is open until {until}: {why}.")
            }
            (Self::English, Verdict::WhenAsked) => format!(
                "{who} may ask until {until}, and is judged then. Purpose: {purpose}. Basis: {basis}."
            ),
            (Self::Urdu, Verdict::WhenAsked) => format!(
                "{who} {until} تک درخواست کر سکتا ہے، فیصلہ اسی وقت ہوگا۔ مقصد: {purpose}۔ بنیاد: {basis}۔"
            ),
            (Self::Urdu, Verdict::Granted) => {
                let kept = if kept {
                    " آپ کی پابندیوں کی وجہ سے کچھ حصہ روکا گیا ہے۔"
                } else {
                    ""
                };
                format!(
                    "{who} {until} تک ریکارڈ کھول سکتا ہے۔ مقصد: {purpose}۔ بنیاد: {basis}۔{kept}"
                )
            }
            (Self::Urdu, Verdict::Refused(refusal)) => {
                let why = self.refusal(refusal);
                format!("{who} نہیں کھول سکتا، اگرچہ بنیاد ({basis}) {until} تک موجود ہے: {why}۔")
            }
        }
    }

    /// What goes without saying of every patient.
    fn always(self) -> &'static str {
        self.pick(
            "Beside these, you and who speaks for you may always read, and a clinician or nurse may break the glass in an emergency, which you are told.",
            "ان کے علاوہ آپ اور آپ کی طرف سے بولنے والے ہمیشہ پڑھ سکتے ہیں، اور ہنگامی حالت میں ڈاکٹر یا نرس ریکارڈ کھول سکتے ہیں جس کی آپ کو اطلاع دی جاتی ہے۔",
        )
    }

    /// The same, of a list of what is so now.
    pub(crate) fn besides(self) -> String {
        let now = self.pick(
            "Now only: not at an earlier time.",
            "یہ صرف اس وقت کا حال ہے۔",
        );
        format!("{} {now}", self.always())
    }

    fn reader(self, reader: &Reader) -> String {
        match (self, reader) {
            (Self::English, Reader::Member(member)) => {
                format!("Member {member}", member = member.number())
            }
            (Self::English, Reader::Practitioner(member, _)) => {
                format!("One practitioner of member {}", member.number())
            }
            (Self::English, Reader::Staff(member)) => {
                format!(
                    "Staff of member {} whom the care team names",
                    member.number()
                )
            }
            (Self::Urdu, Reader::Staff(member)) => {
                format!(
                    "رکن {} کا وہ عملہ جو نگہداشت کی ٹیم میں ہے",
                    member.number()
                )
            }
            (Self::English, Reader::Role(member, role)) => {
                format!("Whoever is {role} at member {}", member.number())
            }
            (Self::English, Reader::RoleAtKind(at)) => {
                format!("Whoever is {} at any {}", at.role, at.kind)
            }
            (Self::English, Reader::RoleAtKindWithin(at)) => {
                format!("Whoever is {} at any {} in {}", at.role, at.kind, at.within)
            }
            (Self::Urdu, Reader::Member(member)) => format!("رکن {}", member.number()),
            (Self::Urdu, Reader::Practitioner(member, _)) => {
                format!("رکن {} کا ایک معالج", member.number())
            }
            (Self::Urdu, Reader::Role(member, role)) => {
                format!("رکن {} میں {} کا عملہ", member.number(), self.role(*role))
            }
            (Self::Urdu, Reader::RoleAtKind(at)) => {
                format!(
                    "کسی بھی {} میں {} کا عملہ",
                    self.kind(at.kind),
                    self.role(at.role)
                )
            }
            (Self::Urdu, Reader::RoleAtKindWithin(at)) => {
                format!(
                    "علاقہ {} کے کسی بھی {} میں {} کا عملہ",
                    at.within,
                    self.kind(at.kind),
                    self.role(at.role)
                )
            }
        }
    }

    /// A purpose.
    fn purpose(self, purpose: Purpose) -> &'static str {
        match purpose {
            Purpose::Treat => self.pick("treatment", "علاج"),
            Purpose::Etreat => self.pick("emergency treatment", "ہنگامی علاج"),
            Purpose::Patrqt => self.pick("at your own request", "آپ کی اپنی درخواست پر"),
            Purpose::Hoperat => self.pick("running the institution", "ادارے کا انتظام"),
            Purpose::Hpaymt => self.pick("payment", "ادائیگی"),
            Purpose::Hresch => self.pick("research", "تحقیق"),
            Purpose::Pubhlth => self.pick("public health", "صحتِ عامہ"),
            Purpose::Hlegal => self.pick("a legal duty", "قانونی تقاضا"),
        }
    }

    /// A basis.
    fn basis(self, basis: BasisKind) -> &'static str {
        match basis {
            BasisKind::Consent => self.pick("your consent", "آپ کی رضامندی"),
            BasisKind::Treatment => {
                self.pick("a visit with your card", "آپ کے کارڈ کے ساتھ معائنہ")
            }
            BasisKind::Emergency => self.pick(
                "an emergency, opened without your card",
                "ہنگامی حالت، آپ کے کارڈ کے بغیر کھولا گیا",
            ),
            BasisKind::Patient => self.pick(
                "you, or who speaks for you",
                "آپ خود، یا جو آپ کی طرف سے بولتا ہے",
            ),
            BasisKind::Directory => self.pick("a public directory", "عام فہرست"),
            BasisKind::None => self.pick("none", "کوئی نہیں"),
            BasisKind::Law => self.pick("a legal mandate or report", "قانونی حکم یا اطلاع"),
            BasisKind::Payment => self.pick(
                "a disclosure for payment",
                "ادائیگی کے لیے معلومات کی فراہمی",
            ),
            BasisKind::Research => self.pick(
                "a study that you enrolled in",
                "وہ تحقیق جس میں آپ شامل ہوئے",
            ),
            BasisKind::Order => self.pick("an order or a referral", "ٹیسٹ کا حکم یا ریفرل"),
        }
    }

    /// A category.
    fn category(self, category: Category) -> &'static str {
        match category {
            Category::Demographics => self.pick("who you are", "آپ کی شناخت"),
            Category::Encounter => self.pick("visits", "ملاقاتیں"),
            Category::Condition => self.pick("diagnoses", "تشخیص"),
            Category::Allergy => self.pick("allergies", "الرجی"),
            Category::Medication => self.pick("medicines", "ادویات"),
            Category::Immunization => self.pick("vaccinations", "حفاظتی ٹیکے"),
            Category::Laboratory => self.pick("laboratory results", "لیبارٹری کے نتائج"),
            Category::VitalSigns => self.pick("vital signs", "جسمانی پیمائش"),
            Category::Imaging => self.pick("images", "ایکسرے اور تصاویر"),
            Category::Procedure => self.pick("procedures", "طبی عمل"),
            Category::CarePlan => self.pick("care plans", "علاج کا منصوبہ"),
            Category::Document => self.pick("documents", "دستاویزات"),
            Category::SocialHistory => self.pick("social history", "سماجی حالات"),
            Category::Billing => self.pick("bills", "بل"),
            Category::Device => self.pick("devices", "آلات"),
            Category::Psychiatry => self.pick("psychiatry", "نفسیات"),
            Category::SexualHealth => self.pick("sexual health", "جنسی صحت"),
            Category::SubstanceUse => self.pick("substance use", "نشہ آور اشیا"),
            Category::Violence => self.pick("abuse and violence", "تشدد"),
            Category::Genetics => self.pick("genetics", "جینیات"),
            Category::Other => self.pick("other records", "دیگر ریکارڈ"),
            Category::Directory => self.pick("directory", "فہرست"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language;
    use amanat_exchange::accounting::Disclosure;
    use amanat_exchange::explain::Reader;
    use amanat_fhir::Category;
    use amanat_types::call::RoleAtKindWithin;
    use amanat_types::code::BasisKind;
    use amanat_types::{
        Jurisdiction, MemberId, MemberKind, Purpose, Refusal, Role, TicketId, TimestampMs,
    };

    /// A reader who is known by a role, kind and place, and what is said to one who is elsewhere.
    #[test]
    fn a_place_is_told_in_both_languages() {
        let nurses = Reader::RoleAtKindWithin(RoleAtKindWithin {
            role: Role::Nurse,
            kind: MemberKind::Hospital,
            within: Jurisdiction::parse("PK-SD").expect("a code"),
        });
        assert_eq!(
            Language::English.reader(&nurses),
            "Whoever is nurse at any hospital in PK-SD"
        );
        let urdu = Language::Urdu.reader(&nurses);
        for part in ["علاقہ", "PK-SD", "نرس", "ہسپتال"] {
            assert!(urdu.contains(part), "{part} in {urdu}");
        }
        let elsewhere = Refusal::MemberElsewhere;
        assert_eq!(Language::English.refusal(elsewhere), elsewhere.text());
        assert!(Language::Urdu.refusal(elsewhere).contains("علاقے"));
    }

    #[test]
    fn a_line_says_who_what_when_and_why_in_both_languages() {
        let one = Disclosure {
            first_ms: TimestampMs::new(1_795_824_000_000),
            last_ms: TimestampMs::new(1_795_824_000_000 + 86_400_000),
            recipient: MemberId::new(2),
            purpose: Some(Purpose::Treat),
            basis: Some(BasisKind::Emergency),
            records: 2,
            categories: vec![Category::Allergy, Category::Laboratory],
            ticket: TicketId::new([0; 16]),
            transaction: None,
        };
        let english = Language::English.disclosure(&one);
        assert_eq!(
            english,
            "From 2026-11-28 to 2026-11-29 member 2 could open 2 records (allergies, laboratory results). Purpose: treatment. Basis: an emergency, opened without your card."
        );
        let urdu = Language::Urdu.disclosure(&one);
        for part in [
            "2026-11-28",
            "رکن 2",
            "الرجی، لیبارٹری کے نتائج",
            "علاج",
            "ہنگامی",
        ] {
            assert!(urdu.contains(part), "{part} in {urdu}");
        }
        let same_day = Disclosure {
            last_ms: one.first_ms,
            records: 1,
            purpose: None,
            categories: Vec::new(),
            ..one
        };
        assert_eq!(
            Language::English.disclosure(&same_day),
            "On 2026-11-28 member 2 could open 1 record (not known here). Purpose: not known here. Basis: an emergency, opened without your card."
        );
    }
}
