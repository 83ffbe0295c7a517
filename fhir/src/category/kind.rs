//! The categories themselves: numbers, names, which count in an emergency, which are sensitive.
use Category::*;

use super::rule;

use crate::check::Checked;

/// A category of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Who the patient is.
    Demographics,
    /// Visits, stays, appointments.
    Encounter,
    /// Problems, diagnoses, findings, risks.
    Condition,
    /// Allergies and intolerances.
    Allergy,
    /// Medicines ordered, dispensed, taken.
    Medication,
    /// Immunizations.
    Immunization,
    /// Laboratory results and specimens.
    Laboratory,
    /// Vital signs and measurements of an examination.
    VitalSigns,
    /// Images and their reports.
    Imaging,
    /// Procedures.
    Procedure,
    /// Plans, goals, teams, orders.
    CarePlan,
    /// Documents, notes, reports.
    Document,
    /// Social history and surveys.
    SocialHistory,
    /// Claims, coverage, accounts: clinical, as they carry diagnoses.
    Billing,
    /// A patient's devices.
    Device,
    /// Psychiatry (sensitive).
    Psychiatry,
    /// Sexual and reproductive health, HIV (sensitive).
    SexualHealth,
    /// Use of alcohol, drugs (sensitive).
    SubstanceUse,
    /// Abuse and violence (sensitive).
    Violence,
    /// Genetics (sensitive).
    Genetics,
    /// A patient's, of no other category.
    Other,
    /// Organisations, practitioners, places, definitions: no patient in it.
    Directory,
}

impl Category {
    /// All, by number.
    pub const ALL: [Self; 22] = [
        Demographics,
        Encounter,
        Condition,
        Allergy,
        Medication,
        Immunization,
        Laboratory,
        VitalSigns,
        Imaging,
        Procedure,
        CarePlan,
        Document,
        SocialHistory,
        Billing,
        Device,
        Psychiatry,
        SexualHealth,
        SubstanceUse,
        Violence,
        Genetics,
        Other,
        Directory,
    ];

    /// The category of a resource: by its labels and codes if they are sensitive, else by its type and `category`.
    pub fn of(resource: &Checked) -> Self {
        rule::category(resource)
    }

    /// The stable number.
    pub const fn number(self) -> u8 {
        self.facts().0
    }

    /// The category of this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.number() == number)
    }

    /// The stable name, lower-case kebab.
    pub const fn name(self) -> &'static str {
        self.facts().1
    }

    /// The category of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.name() == name)
    }

    /// Whether it is shown first in an emergency.
    pub const fn is_emergency(self) -> bool {
        matches!(
            self,
            Demographics
                | Condition
                | Allergy
                | Medication
                | Immunization
                | Laboratory
                | VitalSigns
                | Procedure
                | Device
        )
    }

    /// Whether it overrides the category that a type has by itself.
    pub const fn is_sensitive(self) -> bool {
        matches!(
            self,
            Psychiatry | SexualHealth | SubstanceUse | Violence | Genetics
        )
    }

    /// Whether its records are of a patient.
    pub const fn is_patient(self) -> bool {
        !matches!(self, Directory)
    }

    const fn facts(self) -> (u8, &'static str) {
        match self {
            Demographics => (1, "demographics"),
            Encounter => (2, "encounter"),
            Condition => (3, "condition"),
            Allergy => (4, "allergy"),
            Medication => (5, "medication"),
            Immunization => (6, "immunization"),
            Laboratory => (7, "laboratory"),
            VitalSigns => (8, "vital-signs"),
            Imaging => (9, "imaging"),
            Procedure => (10, "procedure"),
            CarePlan => (11, "care-plan"),
            Document => (12, "document"),
            SocialHistory => (13, "social-history"),
            Billing => (14, "billing"),
            Device => (15, "device"),
            Psychiatry => (16, "psychiatry"),
            SexualHealth => (17, "sexual-health"),
            SubstanceUse => (18, "substance-use"),
            Violence => (19, "violence"),
            Genetics => (20, "genetics"),
            Other => (21, "other"),
            Directory => (30, "directory"),
        }
    }
}

impl std::fmt::Display for Category {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}
