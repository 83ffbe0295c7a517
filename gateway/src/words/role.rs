//! Whoever is known by a role, and what kind of institution a member is, in words.
use amanat_types::{MemberKind, Role};

use super::Language;

impl Language {
    /// A role of practitioners.
    pub(super) fn role(self, role: Role) -> &'static str {
        let urdu = match role {
            Role::Clinician => "ڈاکٹر",
            Role::Nurse => "نرس",
            Role::Registrar => "اندراج کنندہ",
            Role::Pharmacist => "دوا ساز",
            Role::Technician => "لیبارٹری ٹیکنیشن",
            Role::Officer => "سرکاری افسر",
            Role::Privacy => "رازداری افسر",
        };
        self.pick(role.as_str(), urdu)
    }

    /// A kind of members.
    pub(super) fn kind(self, kind: MemberKind) -> &'static str {
        let urdu = match kind {
            MemberKind::Hospital => "ہسپتال",
            MemberKind::Laboratory => "لیبارٹری",
            MemberKind::Pharmacy => "دواخانہ",
            MemberKind::Insurer => "بیمہ کمپنی",
            MemberKind::Manufacturer => "دوا ساز کارخانہ",
            MemberKind::Distributor => "تقسیم کار",
            MemberKind::Research => "تحقیقی ادارہ",
            MemberKind::Regulator => "نگران ادارہ",
        };
        self.pick(kind.as_str(), urdu)
    }
}
