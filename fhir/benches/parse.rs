//! Parse, check and canonical bytes of a transaction Bundle, and taking it apart.

use std::fmt::Write;
use std::hint::black_box;

use amanat_fhir::{Limits, bundle, canonical, check, parse};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A Bundle of one patient and its observations, indented as hospitals send them.
fn body(observations: usize) -> String {
    let mut text = String::from(
        r#"{
  "resourceType": "Bundle",
  "type": "transaction",
  "entry": [
    { "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000000",
      "resource": { "resourceType": "Patient", "gender": "female", "birthDate": "1970-03-01" },
      "request": { "method": "POST", "url": "Patient" } }"#,
    );
    for number in 1..=observations {
        let _ = write!(
            text,
            r#",
    {{ "fullUrl": "urn:uuid:00000000-0000-4000-8000-{number:012}",
      "resource": {{
        "resourceType": "Observation",
        "status": "final",
        "category": [ {{ "coding": [ {{
          "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory" }} ] }} ],
        "code": {{ "coding": [ {{ "system": "http://loinc.org", "code": "2339-0", "display": "Glucose" }} ], "text": "Glucose" }},
        "subject": {{ "reference": "urn:uuid:00000000-0000-4000-8000-000000000000" }},
        "effectiveDateTime": "2026-11-20T09:32:00+05:00",
        "valueQuantity": {{ "value": {number}.50, "unit": "mg/dL", "code": "mg/dL" }}
      }},
      "request": {{ "method": "POST", "url": "Observation" }} }}"#
        );
    }
    text.push_str("\n  ]\n}\n");
    text
}

fn road(criterion: &mut Criterion) {
    let text = body(200);
    let size = u64::try_from(text.len()).expect("a small body");
    let mut group = criterion.benchmark_group("bundle of 201 entries");
    group.throughput(Throughput::Bytes(size));
    let read = || parse(black_box(text.as_bytes()), Limits::BUNDLE).expect("a sound body");
    group.bench_function("parse", |bench| bench.iter(read));
    group.bench_function("parse, check", |bench| {
        bench.iter(|| check(read()).expect("a sound Bundle"))
    });
    group.bench_function("parse, check, canonical", |bench| {
        bench.iter(|| canonical(&check(read()).expect("a sound Bundle")));
    });
    group.bench_function("parse, check, transaction", |bench| {
        bench.iter(|| {
            let bundle = check(read()).expect("a sound Bundle");
            bundle::transaction(bundle, |index, _| format!("id-{index}"))
                .expect("a sound transaction")
        });
    });
    group.finish();
}

criterion_group!(benches, road);
criterion_main!(benches);
