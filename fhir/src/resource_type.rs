//! The 146 resource types of FHIR R4 (4.0.1), with the category each falls in when nothing in the resource says otherwise, and
//! the elements that name its patient.
//!
//! The elements follow the R4 Patient compartment, reduced to those that say *whose* record it is (not who performed or wrote it),
//! most telling first. `Resource` and `DomainResource` are abstract and never on the wire.

use crate::category::Category::{self, *};

/// One of the resource types of R4; made only by [`ResourceType::find`], so an unknown type cannot be carried around.
#[derive(Clone, Copy)]
pub struct ResourceType(&'static Row);

struct Row {
    name: &'static str,
    category: Category,
    patient: &'static [&'static str],
}

impl ResourceType {
    /// How many types there are.
    pub const COUNT: usize = ROWS.len();

    /// The type of this exact name.
    pub fn find(name: &str) -> Option<Self> {
        let place = ROWS.binary_search_by(|row| row.name.cmp(name)).ok()?;
        ROWS.get(place).map(Self)
    }

    /// Every type, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(Self)
    }

    /// The name as it stands in `resourceType`.
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// The category of a resource of this type of which nothing more is known.
    pub const fn category(self) -> Category {
        self.0.category
    }

    /// Dotted element names that may name the patient, most telling first.
    pub(crate) const fn patient_elements(self) -> &'static [&'static str] {
        self.0.patient
    }
}

impl PartialEq for ResourceType {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for ResourceType {}

impl PartialOrd for ResourceType {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceType {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.name().cmp(other.name())
    }
}

impl std::fmt::Debug for ResourceType {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}

impl std::fmt::Display for ResourceType {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}

const fn row(name: &'static str, category: Category, patient: &'static [&'static str]) -> Row {
    Row {
        name,
        category,
        patient,
    }
}

/// Sorted by name: `find` searches by halves.
#[rustfmt::skip]
static ROWS: [Row; 146] = [
    row("Account", Billing, &["subject"]),
    row("ActivityDefinition", Directory, &[]),
    row("AdverseEvent", Condition, &["subject"]),
    row("AllergyIntolerance", Allergy, &["patient"]),
    row("Appointment", Encounter, &["participant.actor"]),
    row("AppointmentResponse", Encounter, &["actor"]),
    row("AuditEvent", Other, &["agent.who", "entity.what"]),
    row("Basic", Other, &["subject", "author"]),
    row("Binary", Document, &["securityContext"]),
    row("BiologicallyDerivedProduct", Procedure, &[]),
    row("BodyStructure", Condition, &["patient"]),
    row("Bundle", Document, &[]),
    row("CapabilityStatement", Directory, &[]),
    row("CarePlan", CarePlan, &["subject"]),
    row("CareTeam", CarePlan, &["subject"]),
    row("CatalogEntry", Directory, &[]),
    row("ChargeItem", Billing, &["subject"]),
    row("ChargeItemDefinition", Directory, &[]),
    row("Claim", Billing, &["patient"]),
    row("ClaimResponse", Billing, &["patient"]),
    row("ClinicalImpression", Condition, &["subject"]),
    row("CodeSystem", Directory, &[]),
    row("Communication", Other, &["subject", "sender", "recipient"]),
    row("CommunicationRequest", Other, &["subject", "sender", "recipient"]),
    row("CompartmentDefinition", Directory, &[]),
    row("Composition", Document, &["subject"]),
    row("ConceptMap", Directory, &[]),
    row("Condition", Condition, &["subject"]),
    row("Consent", Other, &["patient"]),
    row("Contract", Billing, &["subject"]),
    row("Coverage", Billing, &["beneficiary", "subscriber", "policyHolder"]),
    row("CoverageEligibilityRequest", Billing, &["patient"]),
    row("CoverageEligibilityResponse", Billing, &["patient"]),
    row("DetectedIssue", Condition, &["patient"]),
    row("Device", Device, &["patient"]),
    row("DeviceDefinition", Directory, &[]),
    row("DeviceMetric", Device, &[]),
    row("DeviceRequest", Device, &["subject"]),
    row("DeviceUseStatement", Device, &["subject"]),
    row("DiagnosticReport", Document, &["subject"]),
    row("DocumentManifest", Document, &["subject"]),
    row("DocumentReference", Document, &["subject"]),
    row("EffectEvidenceSynthesis", Directory, &[]),
    row("Encounter", Encounter, &["subject"]),
    row("Endpoint", Directory, &[]),
    row("EnrollmentRequest", Billing, &["candidate"]),
    row("EnrollmentResponse", Billing, &[]),
    row("EpisodeOfCare", Encounter, &["patient"]),
    row("EventDefinition", Directory, &[]),
    row("Evidence", Directory, &[]),
    row("EvidenceVariable", Directory, &[]),
    row("ExampleScenario", Directory, &[]),
    row("ExplanationOfBenefit", Billing, &["patient"]),
    row("FamilyMemberHistory", Condition, &["patient"]),
    row("Flag", Condition, &["subject"]),
    row("Goal", CarePlan, &["subject"]),
    row("GraphDefinition", Directory, &[]),
    row("Group", Other, &["member.entity"]),
    row("GuidanceResponse", CarePlan, &["subject"]),
    row("HealthcareService", Directory, &[]),
    row("ImagingStudy", Imaging, &["subject"]),
    row("Immunization", Immunization, &["patient"]),
    row("ImmunizationEvaluation", Immunization, &["patient"]),
    row("ImmunizationRecommendation", Immunization, &["patient"]),
    row("ImplementationGuide", Directory, &[]),
    row("InsurancePlan", Directory, &[]),
    row("Invoice", Billing, &["subject"]),
    row("Library", Directory, &[]),
    row("Linkage", Other, &["item.resource"]),
    row("List", Other, &["subject", "source"]),
    row("Location", Directory, &[]),
    row("Measure", Directory, &[]),
    row("MeasureReport", Other, &["subject"]),
    row("Media", Imaging, &["subject"]),
    row("Medication", Directory, &[]),
    row("MedicationAdministration", Medication, &["subject"]),
    row("MedicationDispense", Medication, &["subject"]),
    row("MedicationKnowledge", Directory, &[]),
    row("MedicationRequest", Medication, &["subject"]),
    row("MedicationStatement", Medication, &["subject"]),
    row("MedicinalProduct", Directory, &[]),
    row("MedicinalProductAuthorization", Directory, &[]),
    row("MedicinalProductContraindication", Directory, &[]),
    row("MedicinalProductIndication", Directory, &[]),
    row("MedicinalProductIngredient", Directory, &[]),
    row("MedicinalProductInteraction", Directory, &[]),
    row("MedicinalProductManufactured", Directory, &[]),
    row("MedicinalProductPackaged", Directory, &[]),
    row("MedicinalProductPharmaceutical", Directory, &[]),
    row("MedicinalProductUndesirableEffect", Directory, &[]),
    row("MessageDefinition", Directory, &[]),
    row("MessageHeader", Other, &["focus"]),
    row("MolecularSequence", Genetics, &["patient"]),
    row("NamingSystem", Directory, &[]),
    row("NutritionOrder", CarePlan, &["patient"]),
    row("Observation", Other, &["subject"]),
    row("ObservationDefinition", Directory, &[]),
    row("OperationDefinition", Directory, &[]),
    row("OperationOutcome", Other, &[]),
    row("Organization", Directory, &[]),
    row("OrganizationAffiliation", Directory, &[]),
    row("Parameters", Document, &[]),
    row("Patient", Demographics, &[]),
    row("PaymentNotice", Billing, &[]),
    row("PaymentReconciliation", Billing, &[]),
    row("Person", Demographics, &["link.target"]),
    row("PlanDefinition", Directory, &[]),
    row("Practitioner", Directory, &[]),
    row("PractitionerRole", Directory, &[]),
    row("Procedure", Procedure, &["subject"]),
    row("Provenance", Other, &["target"]),
    row("Questionnaire", Directory, &[]),
    row("QuestionnaireResponse", SocialHistory, &["subject", "author", "source"]),
    row("RelatedPerson", Demographics, &["patient"]),
    row("RequestGroup", CarePlan, &["subject"]),
    row("ResearchDefinition", Directory, &[]),
    row("ResearchElementDefinition", Directory, &[]),
    row("ResearchStudy", Directory, &[]),
    row("ResearchSubject", Other, &["individual"]),
    row("RiskAssessment", Condition, &["subject"]),
    row("RiskEvidenceSynthesis", Directory, &[]),
    row("Schedule", Directory, &[]),
    row("SearchParameter", Directory, &[]),
    row("ServiceRequest", CarePlan, &["subject"]),
    row("Slot", Directory, &[]),
    row("Specimen", Laboratory, &["subject"]),
    row("SpecimenDefinition", Directory, &[]),
    row("StructureDefinition", Directory, &[]),
    row("StructureMap", Directory, &[]),
    row("Subscription", Directory, &[]),
    row("Substance", Directory, &[]),
    row("SubstanceNucleicAcid", Directory, &[]),
    row("SubstancePolymer", Directory, &[]),
    row("SubstanceProtein", Directory, &[]),
    row("SubstanceReferenceInformation", Directory, &[]),
    row("SubstanceSourceMaterial", Directory, &[]),
    row("SubstanceSpecification", Directory, &[]),
    row("SupplyDelivery", CarePlan, &["patient"]),
    row("SupplyRequest", CarePlan, &["deliverTo", "requester"]),
    row("Task", CarePlan, &["for", "focus"]),
    row("TerminologyCapabilities", Directory, &[]),
    row("TestReport", Directory, &[]),
    row("TestScript", Directory, &[]),
    row("ValueSet", Directory, &[]),
    row("VerificationResult", Other, &["target"]),
    row("VisionPrescription", CarePlan, &["patient"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_and_sorted() {
        assert!(ROWS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(ResourceType::all().all(|kind| ResourceType::find(kind.name()) == Some(kind)));
        for name in [
            "",
            "patient",
            "Resource",
            "DomainResource",
            "Patient ",
            "Zzz",
        ] {
            assert_eq!(ResourceType::find(name), None, "{name}");
        }
    }
}
