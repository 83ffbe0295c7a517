//! Why something is refused, in words.
use amanat_types::Refusal;

use super::Language;

impl Language {
    /// Why something is refused; in English where there are no words in Urdu. There are for whatever a decision about a read or a write names.
    pub fn refusal(self, refusal: Refusal) -> &'static str {
        let urdu = of_consent(refusal)
            .or_else(|| of_care(refusal))
            .or_else(|| of_law(refusal))
            .or_else(|| of_records(refusal));
        self.pick(refusal.text(), urdu.unwrap_or_else(|| refusal.text()))
    }
}

const fn of_consent(refusal: Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::NoBasis => "کوئی قانونی بنیاد نہیں بتائی گئی",
        Refusal::GrantUnknown | Refusal::PermitUnknown => "ایسی کوئی رضامندی موجود نہیں",
        Refusal::GrantExpired | Refusal::PermitExpired => "رضامندی کی مدت ختم ہو چکی ہے",
        Refusal::GrantRevoked | Refusal::PermitRevoked => "رضامندی واپس لے لی گئی ہے",
        Refusal::PermitNotYet => "رضامندی ابھی نافذ نہیں ہوئی",
        Refusal::GranteeNotYou => "رضامندی کسی اور کے لیے ہے",
        Refusal::MemberElsewhere => {
            "رضامندی کسی ملک یا علاقے کے اداروں کے لیے ہے، اور یہ ادارہ وہاں کا معلوم نہیں"
        }
        Refusal::GrantNoRead => "رضامندی پڑھنے کی اجازت نہیں دیتی",
        Refusal::GrantNoWrite => "رضامندی لکھنے کی اجازت نہیں دیتی",
        Refusal::PurposeNotAllowed => "اس مقصد کی اجازت نہیں",
        Refusal::Restricted | Refusal::RestrictedByPatient => "مریض نے اس پر پابندی لگائی ہے",
        Refusal::CardNotPresent => "مریض کا کارڈ موجود نہیں",
        _ => return None,
    })
}

const fn of_care(refusal: Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::EncounterUnknown => "ایسی کوئی ملاقات نہیں",
        Refusal::EncounterEnded => "ملاقات ختم ہو چکی ہے",
        Refusal::EncounterNotYours => "ملاقات کسی اور ادارے کی ہے",
        Refusal::EncounterNoWrite => "اس ملاقات میں لکھنے کی اجازت نہیں",
        Refusal::RegistrationIsWriteOnly => "بغیر کارڈ کا اندراج کچھ نہیں کھولتا",
        Refusal::NotInTeam => "مقررہ عملے میں سے کوئی نہیں",
        Refusal::NameOverdue => "ادارے نے وقت پر نہیں بتایا کہ عملے کا وہ فرد کون تھا",
        Refusal::PractitionerEnded => "معالج کا اندراج ختم ہو چکا ہے",
        Refusal::OrderUnknown => "ایسا کوئی حکم یا ریفرل نہیں",
        Refusal::OrderEnded => "حکم یا ریفرل ختم کر دیا گیا ہے",
        Refusal::OrderExpired => "حکم یا ریفرل کی مدت ختم ہو چکی ہے",
        Refusal::OrderNotYours => "حکم یا ریفرل کسی اور ادارے کا ہے",
        Refusal::OrderNoWrite => "حکم یا ریفرل لکھنے کی اجازت نہیں دیتا",
        Refusal::MemberUnknown => "ادارہ فعال رکن نہیں",
        _ => return None,
    })
}

const fn of_law(refusal: Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::MandateUnknown => "ایسا کوئی قانونی حکم نہیں",
        Refusal::MandateNotYours => "قانونی حکم کسی اور ادارے کا ہے",
        Refusal::MandateExpired => "قانونی حکم کی مدت ختم ہو چکی ہے",
        Refusal::MandateEnded => "قانونی حکم ختم کر دیا گیا ہے",
        Refusal::DisclosureUnknown => "اس وجہ سے معلومات کی ایسی کوئی فراہمی نہیں",
        Refusal::DisclosureNotYours => "معلومات کی فراہمی کسی اور ادارے کی یا کسی اور کے لیے ہے",
        Refusal::DisclosureExpired => "معلومات کی فراہمی کی مدت ختم ہو چکی ہے",
        Refusal::DisclosureEnded => "معلومات کی فراہمی ختم کر دی گئی ہے",
        Refusal::StudyUnknown => "ایسی کوئی تحقیق نہیں",
        Refusal::StudyNotYours => "تحقیق کسی اور ادارے کی ہے",
        Refusal::StudyNotApproved => "کسی مجاز ادارے نے تحقیق کی منظوری نہیں دی",
        Refusal::StudyExpired => "تحقیق کی مدت ختم ہو چکی ہے",
        Refusal::StudyEnded => "تحقیق ختم کر دی گئی ہے",
        Refusal::EnrolmentUnknown => "اس تحقیق میں ایسی کوئی شمولیت نہیں",
        Refusal::EnrolmentNotYet => "تحقیق میں شمولیت ابھی نافذ نہیں ہوئی",
        Refusal::EnrolmentWithdrawn => "تحقیق میں شمولیت واپس لے لی گئی ہے",
        _ => return None,
    })
}

const fn of_records(refusal: Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::ScopeOutsideBasis
        | Refusal::RecordOutsideBasis
        | Refusal::IndexOutsideBasis
        | Refusal::RecordOutsideTicket => "یہ ریکارڈ اس اجازت میں شامل نہیں",
        Refusal::RecordUnknown => "ایسا کوئی ریکارڈ نہیں",
        Refusal::RecordRetracted => "ریکارڈ واپس لے لیا گیا ہے",
        Refusal::RecordErased => "ریکارڈ مٹا دیا گیا ہے",
        Refusal::RecordHeld => "قانونی روک کی وجہ سے ریکارڈ مٹایا نہیں جا سکتا",
        Refusal::RetentionRuns => "ریکارڈ کو ابھی محفوظ رکھنا لازم ہے",
        Refusal::RetentionUnset => "ارکان نے ابھی طے نہیں کیا کہ ریکارڈ کب تک رکھے جائیں",
        Refusal::RecordNotYours => "ریکارڈ کسی اور ادارے کا ہے",
        Refusal::TicketEnded => "کھولنے کا اجازت نامہ ختم ہو چکا ہے",
        Refusal::PatientMismatch => "اجازت کسی اور مریض کی ہے",
        Refusal::BasisEnded => "جس بنیاد پر اجازت ملی تھی وہ ختم ہو گئی یا واپس لے لی گئی ہے",
        Refusal::AmendmentUnknown => "درستی کی ایسی کوئی درخواست نہیں",
        Refusal::AmendmentClosed => "درستی کی اس درخواست پر اب کوئی نہیں لکھ سکتا",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Language;
    use amanat_types::Refusal;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Every refusal that the one decision names, wherever it stands in its code, has words in Urdu.
    #[test]
    fn whatever_a_decision_refuses_is_said_in_urdu() {
        let decision = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/src/decision");
        let mut named = BTreeSet::new();
        for file in std::fs::read_dir(decision).expect("the decision's code") {
            let code = std::fs::read_to_string(file.expect("a file").path()).expect("text");
            let code = code.split("#[cfg(test)]").next().expect("code").to_owned();
            for after in code.split("Refusal::").skip(1) {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric());
                named.insert(after[..end.expect("more code")].to_owned());
            }
        }
        let all = Refusal::ALL.iter().copied();
        let refusals: Vec<Refusal> = all.filter(|one| named.contains(one.name())).collect();
        assert!(refusals.len() > 40, "{named:?}");
        for refusal in refusals {
            let (english, urdu) = (refusal.text(), Language::Urdu.refusal(refusal));
            assert_ne!(english, urdu, "{} has no words in Urdu", refusal.name());
            assert_eq!(Language::English.refusal(refusal), english);
        }
    }
}
