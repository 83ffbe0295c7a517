//! What is told of a past height: what would have become of a request, which ways were open, and every permit and denial that counted.
use amanat_types::explain::{Denial, Effect, Explanation, Finding, SourceKind};
use amanat_types::{Height, Refusal, TimestampMs};

use super::Language;

impl Language {
    /// What would have become of a request.
    pub fn outcome(self, explained: &Explanation) -> String {
        let height = explained.height;
        let refused = explained.refusal().map(|refusal| self.named(refusal));
        match (self, refused) {
            (Self::English, None) => format!("at height {height}, would have been granted"),
            (Self::English, Some(why)) => {
                format!("at height {height}, would have been refused: {why}")
            }
            (Self::Urdu, None) => format!("بلاک {height} پر یہ درخواست منظور ہوتی"),
            (Self::Urdu, Some(why)) => format!("بلاک {height} پر یہ درخواست رد ہوتی: {why}"),
        }
    }

    /// How many ways were open, to a patient's records or to one record, after the block at a height.
    pub fn were_open(self, at: (Height, TimestampMs), one_record: bool, ways: usize) -> String {
        let (height, time) = (at.0, amanat_fhir::instant(at.1.get()));
        match self {
            Self::English => {
                let to = match one_record {
                    true => "this record",
                    false => "this patient's records",
                };
                let ways = match ways {
                    0 => "no way was open".to_owned(),
                    1 => "1 way was open".to_owned(),
                    more => format!("{more} ways were open"),
                };
                format!("at height {height}, of {time}, {ways} to {to}")
            }
            Self::Urdu => {
                let to = match one_record {
                    true => "اس ریکارڈ تک",
                    false => "اس مریض کے ریکارڈ تک",
                };
                let ways = match ways {
                    0 => "کوئی راستہ کھلا نہیں تھا".to_owned(),
                    1 => "1 راستہ کھلا تھا".to_owned(),
                    more => format!("{more} راستے کھلے تھے"),
                };
                format!("بلاک {height} ({time}) پر {to} {ways}")
            }
        }
    }

    /// What goes without saying of a list of the past.
    pub fn beside_the_past(self) -> String {
        let left_out = self.pick(
            "What the law kept from the patient at that time is not among these.",
            "جو بات قانون نے اس وقت مریض سے پوشیدہ رکھی تھی وہ ان میں شامل نہیں۔",
        );
        format!("{} {left_out}", self.always())
    }

    /// One permit or denial, and what it came from.
    pub fn finding(self, found: &Finding) -> String {
        let source = self.source(found.kind);
        let id = hex::encode(&*found.id);
        let space = if id.is_empty() { "" } else { " " };
        let says = match (self, found.effect) {
            (Self::English, Effect::Permit(_)) => "permits".to_owned(),
            (Self::Urdu, Effect::Permit(_)) => "اجازت ہے".to_owned(),
            (_, Effect::Deny(denial)) => self.denies(denial),
            (Self::English, Effect::Withhold(why)) => {
                format!("keeps a part back: {}", self.named(why))
            }
            (Self::Urdu, Effect::Withhold(why)) => {
                format!("کچھ حصہ روکا گیا: {}", self.named(why))
            }
        };
        match self {
            Self::English => format!("{source}{space}{id} {says}"),
            Self::Urdu => format!("{source}{space}{id}: {says}"),
        }
    }

    fn denies(self, denial: Denial) -> String {
        let (because, told) = (self.named(denial.because), self.named(denial.refusal));
        match (self, denial.because == denial.refusal) {
            (Self::English, true) => format!("denies: {because}"),
            (Self::English, false) => {
                format!("denies: {because}; whoever asks is told: {told}")
            }
            (Self::Urdu, true) => format!("ممانعت ہے: {because}"),
            (Self::Urdu, false) => {
                format!("ممانعت ہے: {because}؛ پوچھنے والے کو بتایا جاتا ہے: {told}")
            }
        }
    }

    /// A refusal in words, with the name and number under which it is documented.
    fn named(self, refusal: Refusal) -> String {
        let text = self.refusal(refusal);
        format!("{text} ({} {})", refusal.name(), refusal.number())
    }

    /// What a finding came from.
    fn source(self, kind: SourceKind) -> &'static str {
        let urdu = match kind {
            SourceKind::Question => "درخواست",
            SourceKind::Member => "رکن",
            SourceKind::Practitioner => "معالج",
            SourceKind::Patient => "مریض",
            SourceKind::Index => "اشاریہ",
            SourceKind::Encounter => "ملاقات",
            SourceKind::Grant => "رضامندی",
            SourceKind::Record => "ریکارڈ",
            SourceKind::Permit => "اجازت نامہ",
            SourceKind::Team => "نگہداشت کی ٹیم",
            SourceKind::Order => "حکم یا ریفرل",
            SourceKind::Restriction => "پابندی",
            SourceKind::Mandate => "قانونی حکم",
            SourceKind::Disclosure => "معلومات کی فراہمی",
            SourceKind::Enrolment => "تحقیق میں شمولیت",
        };
        self.pick(kind.as_str(), urdu)
    }
}

#[cfg(test)]
mod tests {
    use super::Language;
    use amanat_types::call::Unit;
    use amanat_types::codec::List;
    use amanat_types::explain::{Denial, Effect, Explanation, Finding, SourceKind};
    use amanat_types::{Height, Refusal, TimestampMs};

    fn finding(kind: SourceKind, id: &[u8], effect: Effect) -> Finding {
        let id = List::new(id.to_vec()).expect("short");
        Finding { kind, id, effect }
    }

    #[test]
    fn what_counted_is_said_in_both_languages_with_its_source() {
        let hidden = Denial {
            refusal: Refusal::Restricted,
            because: Refusal::RestrictedByPatient,
        };
        let plain = Denial {
            refusal: Refusal::GrantRevoked,
            because: Refusal::GrantRevoked,
        };
        let rows = [
            (
                finding(SourceKind::Grant, &[0xab], Effect::Permit(Unit)),
                "grant ab permits",
                ["رضامندی ab", "اجازت ہے"],
            ),
            (
                finding(SourceKind::Question, &[], Effect::Permit(Unit)),
                "question permits",
                ["درخواست: ", "اجازت ہے"],
            ),
            (
                finding(SourceKind::Grant, &[1], Effect::Deny(plain)),
                "grant 01 denies: ",
                ["ممانعت ہے: رضامندی واپس لے لی گئی ہے", "GrantRevoked"],
            ),
            (
                finding(SourceKind::Restriction, &[2], Effect::Deny(hidden)),
                "; whoever asks is told: ",
                ["پابندی 02", "پوچھنے والے کو بتایا جاتا ہے"],
            ),
            (
                finding(
                    SourceKind::Restriction,
                    &[3],
                    Effect::Withhold(Refusal::Restricted),
                ),
                "restriction 03 keeps a part back: ",
                ["پابندی 03", "کچھ حصہ روکا گیا"],
            ),
        ];
        for (found, english, urdu) in rows {
            let told = Language::English.finding(&found);
            assert!(told.contains(english), "{told}");
            let told = Language::Urdu.finding(&found);
            assert!(urdu.iter().all(|part| told.contains(part)), "{told}");
            assert!(!told.contains("denies") && !told.contains("permits"));
        }
    }

    #[test]
    fn an_outcome_and_a_count_name_their_height() {
        let explained = |effect| Explanation {
            height: Height::new(9),
            time_ms: TimestampMs::new(5),
            findings: List::new(vec![finding(SourceKind::Grant, &[1], effect)]).expect("one"),
        };
        let denial = Denial {
            refusal: Refusal::NoBasis,
            because: Refusal::NoBasis,
        };
        let (yes, no) = (
            explained(Effect::Permit(Unit)),
            explained(Effect::Deny(denial)),
        );
        let english = Language::English;
        assert_eq!(
            english.outcome(&yes),
            "at height 9, would have been granted"
        );
        let told = english.outcome(&no);
        assert!(told.starts_with("at height 9, would have been refused: "));
        assert!(told.ends_with("(NoBasis 200)"), "{told}");
        assert!(
            Language::Urdu
                .outcome(&yes)
                .contains("بلاک 9 پر یہ درخواست منظور")
        );
        assert!(Language::Urdu.outcome(&no).contains("کوئی قانونی بنیاد"));
        let at = (Height::new(9), TimestampMs::new(0));
        assert_eq!(
            english.were_open(at, false, 0),
            "at height 9, of 1970-01-01T00:00:00.000Z, no way was open to this patient's records"
        );
        assert!(
            english
                .were_open(at, true, 1)
                .ends_with("1 way was open to this record")
        );
        assert!(english.were_open(at, true, 2).contains("2 ways were open"));
        let urdu = |one, ways| Language::Urdu.were_open(at, one, ways);
        assert!(urdu(true, 2).contains("اس ریکارڈ تک 2 راستے کھلے تھے"));
        assert!(urdu(false, 0).contains("کوئی راستہ کھلا نہیں تھا"));
        for language in [english, Language::Urdu] {
            let beside = language.beside_the_past();
            assert!(beside.starts_with(language.always()));
            assert!(!beside.contains("Now only") && !beside.contains("یہ صرف اس وقت"));
        }
    }
}
