//! Bodies that several tests send, and what is read off the answers.
use crate::desk::Answer;
use crate::fake::PATIENT;

/// An Observation of the known patient, with what a careless server loses.
pub fn observation(value: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","unknownElement":{{"deep":[1.50,1e2,-0]}},"subject":{{"reference":"Patient/{PATIENT}"}},"valueQuantity":{{"value":{value},"_value":{{"extension":[{{"url":"http://x","valueString":"ö \u0041"}}]}}}}}}"#
    )
}

/// The id of the resource in an answer.
pub fn id_of(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_default().to_owned()
}
