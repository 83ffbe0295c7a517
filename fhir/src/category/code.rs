//! The codes that make a record sensitive or say its category. Short on purpose: a hospital's own labels (`meta.security`) are the
//! way to mark what these lists do not know.

use super::Category::{self, *};

const SNOMED_CT: &str = "http://snomed.info/sct";
const LOINC: &str = "http://loinc.org";
const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
const ATC: &str = "http://www.whocc.no/atc";
const ICD_10: &str = "http://hl7.org/fhir/sid/icd-10";
const ICD_10_OIDS: [&str; 2] = [
    "urn:oid:2.16.840.1.113883.6.3",
    "urn:oid:2.16.840.1.113883.6.90",
];

/// HL7 v3 ActCode sensitivity labels. The code alone decides: a label with a wrong system still was meant.
pub(super) fn label(code: &str) -> Option<Category> {
    Some(match code {
        "PSY" | "PSYTHPN" | "BH" | "MH" | "EMOTDIS" => Psychiatry,
        "HIV" | "STD" | "SEX" => SexualHealth,
        "ETH" | "ETHUD" | "SUD" | "OPIOIDUD" => SubstanceUse,
        "SDV" | "VIO" | "MST" => Violence,
        "GDIS" | "SCA" | "SICKLE" => Genetics,
        _ => return None,
    })
}

/// The sensitive category of a code, if it has one.
pub(super) fn sensitive(system: &str, code: &str) -> Option<Category> {
    match system {
        SNOMED_CT => exact(&SNOMED, code),
        LOINC => exact(&LOINC_CODES, code),
        RXNORM => exact(&RXNORM_CODES, code),
        ATC => prefixed(&ATC_PREFIXES, code),
        // ICD-10 and its national versions: icd-10-cm, icd-10-gm ...
        _ if system.starts_with(ICD_10) || ICD_10_OIDS.contains(&system) => icd_10(code),
        _ => None,
    }
}

/// `Observation.category`; Synthea of 2019 writes `vital-sign`.
pub(super) fn observation(code: &str) -> Option<Category> {
    Some(match code {
        "laboratory" => Laboratory,
        "vital-signs" | "vital-sign" | "exam" => VitalSigns,
        "imaging" => Imaging,
        "procedure" | "therapy" => Procedure,
        "survey" | "social-history" | "activity" => SocialHistory,
        _ => return None,
    })
}

/// `DiagnosticReport.category`: HL7 v2 table 0074, and the LOINC parts that US profiles use.
pub(super) fn report(code: &str) -> Option<Category> {
    Some(match code {
        "GE" | "CG" => Genetics,
        "LAB" | "BG" | "BLB" | "CH" | "CP" | "CTH" | "CYTO" | "HM" | "ICU" | "IMM" | "MB"
        | "MCB" | "MYC" | "SP" | "SR" | "TX" | "VR" | "LP29693-6" | "LP7839-6" => Laboratory,
        "CT" | "CUS" | "NMR" | "NMS" | "OUS" | "RAD" | "RUS" | "RX" | "VUS" | "XRC"
        | "LP29684-5" => Imaging,
        _ => return None,
    })
}

fn exact(table: &[(&str, Category)], code: &str) -> Option<Category> {
    let place = table
        .binary_search_by(|(known, _)| (*known).cmp(code))
        .ok()?;
    table.get(place).map(|(_, category)| *category)
}

fn prefixed(table: &[(&str, Category)], code: &str) -> Option<Category> {
    table
        .iter()
        .find_map(|(prefix, category)| code.starts_with(prefix).then_some(*category))
}

/// By chapter letter and number (`F32.1` is F and 32), after the finer codes that differ from their range.
fn icd_10(code: &str) -> Option<Category> {
    let code = code.to_ascii_uppercase();
    if let Some(finer) = prefixed(&ICD_10_FINER, &code) {
        return Some(finer);
    }
    let (chapter, rest) = code.split_at_checked(1)?;
    let number: u8 = rest.get(..2)?.parse().ok()?;
    Some(match (chapter, number) {
        ("F", 10..=19) => SubstanceUse,
        ("F", _) | ("X", 60..=84) => Psychiatry,
        ("A", 50..=64) | ("B", 20..=24) | ("N", 96 | 97) | ("O", _) | ("Z", 30..=39) => {
            SexualHealth
        }
        ("T", 40) | ("X", 42) => SubstanceUse,
        ("T", 74 | 76) | ("Y", 5..=7) => Violence,
        ("Q", 90..=99) | ("Z", 14 | 15) => Genetics,
        _ => return None,
    })
}

const ICD_10_FINER: [(&str, Category); 13] = [
    ("R45.8", Psychiatry),  // suicidal ideation, emotional state
    ("R75", SexualHealth),  // HIV, inconclusive
    ("T14.91", Psychiatry), // suicide attempt
    ("Z04.4", Violence),    // examination after alleged rape
    ("Z11.3", SexualHealth),
    ("Z11.4", SexualHealth),
    ("Z13.7", Genetics), // genetic screening
    ("Z20.2", SexualHealth),
    ("Z20.6", SexualHealth),
    ("Z21", SexualHealth), // HIV, asymptomatic
    ("Z69", Violence),     // counselling of victim or perpetrator
    ("Z71.4", SubstanceUse),
    ("Z71.5", SubstanceUse),
];

const ATC_PREFIXES: [(&str, Category); 12] = [
    ("G02B", SexualHealth),  // contraceptives, topical
    ("G03A", SexualHealth),  // contraceptives, systemic
    ("G03G", SexualHealth),  // ovulation stimulants
    ("G04BE", SexualHealth), // erectile dysfunction
    ("J05AE", SexualHealth), // HIV protease inhibitors
    ("J05AG", SexualHealth), // HIV non-nucleosides
    ("J05AJ", SexualHealth), // HIV integrase inhibitors
    ("J05AR", SexualHealth), // HIV combinations
    ("N05A", Psychiatry),    // antipsychotics
    ("N06A", Psychiatry),    // antidepressants
    ("N07BB", SubstanceUse), // alcohol dependence
    ("N07BC", SubstanceUse), // opioid dependence
];

/// SNOMED CT, sorted as text.
#[rustfmt::skip]
const SNOMED: [(&str, Category); 60] = [
    ("10383002", SexualHealth), // counselling for termination
    ("11466000", SexualHealth), // caesarean section
    ("134435003", SexualHealth), // routine antenatal care
    ("13746004", Psychiatry), // bipolar disorder
    ("15167005", SubstanceUse), // alcohol abuse
    ("156073000", SexualHealth), // fetus with unknown complication
    ("165829005", SexualHealth), // gonorrhoea test
    ("169230002", SexualHealth), // fetal viability scan
    ("169553002", SexualHealth), // subcutaneous contraceptive, insertion
    ("169762003", SexualHealth), // postnatal visit
    ("171207006", Psychiatry), // depression screening
    ("183460006", SexualHealth), // obstetric emergency admission
    ("19169002", SexualHealth), // miscarriage
    ("192127007", Psychiatry), // child attention deficit disorder
    ("197480006", Psychiatry), // anxiety disorder
    ("198992004", SexualHealth), // antepartum eclampsia
    ("225158009", SexualHealth), // fetal heart
    ("22523008", SexualHealth), // vasectomy
    ("228557008", Psychiatry), // cognitive and behavioural therapy
    ("252160004", SexualHealth), // pregnancy test
    ("266707007", SubstanceUse), // drug addiction therapy
    ("269828009", SexualHealth), // syphilis test
    ("271442007", SexualHealth), // fetal anatomy study
    ("274804006", SexualHealth), // fundal height
    ("275833003", SexualHealth), // alpha-fetoprotein test
    ("287664005", SexualHealth), // tubal ligation
    ("301807007", SexualHealth), // subcutaneous contraceptive, removal
    ("310861008", SexualHealth), // chlamydia test
    ("31676001", SexualHealth), // HIV antigen test
    ("35489007", Psychiatry), // depressive disorder
    ("35999006", SexualHealth), // blighted ovum
    ("361055000", SubstanceUse), // misuse of drugs
    ("36923009", Psychiatry), // major depression, single episode
    ("370143000", Psychiatry), // major depression
    ("386394001", SexualHealth), // termination care
    ("398254007", SexualHealth), // pre-eclampsia
    ("424441002", SexualHealth), // prenatal initial visit
    ("424619006", SexualHealth), // prenatal visit
    ("443529005", SexualHealth), // prenatal chromosomal screening
    ("46706006", SexualHealth), // IUD, replacement
    ("47505003", Psychiatry), // post-traumatic stress disorder
    ("55680006", SubstanceUse), // drug overdose
    ("5602001", SubstanceUse), // opioid abuse
    ("58214004", Psychiatry), // schizophrenia
    ("62479008", SexualHealth), // AIDS
    ("6471006", Psychiatry), // suicidal thoughts
    ("65200003", SexualHealth), // IUD, insertion
    ("6525002", SubstanceUse), // dependent drug abuse
    ("66348005", SexualHealth), // childbirth
    ("68254000", SexualHealth), // IUD, removal
    ("706893006", Violence), // victim of intimate partner abuse
    ("714812005", SexualHealth), // induced termination
    ("7200002", SubstanceUse), // alcoholism
    ("72892002", SexualHealth), // normal pregnancy
    ("755621000000101", SexualHealth), // subcutaneous contraceptive, replacement
    ("79586000", SexualHealth), // tubal pregnancy
    ("80583007", Psychiatry), // severe anxiety
    ("82313006", Psychiatry), // suicide attempt
    ("85548006", SexualHealth), // episiotomy
    ("86406008", SexualHealth), // HIV infection
];

/// LOINC, sorted as text.
#[rustfmt::skip]
const LOINC_CODES: [(&str, Category); 28] = [
    ("20447-9", SexualHealth), // HIV 1 RNA
    ("20507-0", SexualHealth), // reagin antibody (syphilis)
    ("2106-3", SexualHealth), // pregnancy test, urine
    ("2118-8", SexualHealth), // pregnancy test, serum
    ("24467-3", SexualHealth), // CD4 count
    ("44249-1", Psychiatry), // PHQ-9 panel
    ("44261-6", Psychiatry), // PHQ-9 total
    ("51969-4", Genetics), // genetic analysis report
    ("53037-8", Genetics), // genetic variation significance
    ("55757-9", Psychiatry), // PHQ-2 panel
    ("55758-7", Psychiatry), // PHQ-2 total
    ("56888-1", SexualHealth), // HIV 1 and 2 antigen and antibody
    ("69548-6", Genetics), // genetic variant assessment
    ("69737-5", Psychiatry), // GAD-7 panel
    ("70274-6", Psychiatry), // GAD-7 total
    ("72109-2", SubstanceUse), // AUDIT-C panel
    ("73831-0", Psychiatry), // adolescent depression screening
    ("75622-1", SexualHealth), // HIV 1 and 2 tests
    ("75626-2", SubstanceUse), // AUDIT-C total
    ("76499-3", Violence), // HITS humiliation
    ("76504-0", Violence), // HARK abuse
    ("7917-8", SexualHealth), // HIV 1 antibody
    ("7918-6", SexualHealth), // HIV 1 and 2 antibody
    ("81247-9", Genetics), // master genetic variant panel
    ("81252-9", Genetics), // discrete genetic variant
    ("82666-9", SubstanceUse), // DAST-10 panel
    ("82667-7", SubstanceUse), // DAST-10 total
    ("82810-3", SexualHealth), // pregnancy status
];

/// RxNorm: contraceptives, sorted as text.
#[rustfmt::skip]
const RXNORM_CODES: [(&str, Category); 14] = [
    ("1000126", SexualHealth), // medroxyprogesterone injection
    ("1359133", SexualHealth), // Estrostep Fe
    ("1534809", SexualHealth), // norelgestromin patch
    ("389221", SexualHealth), // etonogestrel implant
    ("748856", SexualHealth), // Yaz
    ("748879", SexualHealth), // Levora
    ("748962", SexualHealth), // Camila
    ("749762", SexualHealth), // Seasonique
    ("749785", SexualHealth), // Ortho Tri-Cyclen
    ("751905", SexualHealth), // Trinessa
    ("757594", SexualHealth), // Jolivette
    ("807283", SexualHealth), // Mirena
    ("831533", SexualHealth), // Errin
    ("978950", SexualHealth), // Natazia
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        for table in [&SNOMED[..], &LOINC_CODES, &RXNORM_CODES] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        let all = [
            &SNOMED[..],
            &LOINC_CODES,
            &RXNORM_CODES,
            &ATC_PREFIXES,
            &ICD_10_FINER,
        ]
        .concat();
        assert!(all.iter().all(|(_, category)| category.is_sensitive()));
    }
}
