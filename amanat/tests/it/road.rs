//! The whole road by the real program: processes, sockets, disks, a kill.
use std::process::Command;

fn amanat() -> Command {
    Command::new(env!("CARGO_BIN_EXE_amanat"))
}

#[test]
fn the_demonstration_holds_and_its_receipts_verify() {
    let out = tempfile::tempdir().expect("folder");
    let shown = amanat()
        .args(["demo", "--out"])
        .arg(out.path())
        .output()
        .expect("runs");
    let text = String::from_utf8_lossy(&shown.stdout);
    let errors = String::from_utf8_lossy(&shown.stderr);
    assert_eq!(shown.status.code(), Some(0), "{text}\n{errors}");
    let report = std::fs::read_to_string(out.path().join("report.json")).expect("report");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let checks = report["checks"].as_array().expect("checks");
    assert_eq!(checks.len(), 18);
    assert!(checks.iter().all(|check| check["ok"] == true));
    assert_eq!(report["counts"]["in"], report["counts"]["stored"]);
    assert_eq!(report["counts"]["rejected"], serde_json::json!([]));

    let genesis = out.path().join("genesis.json");
    let receipt = out.path().join("receipts").join("a-refused.receipt");
    let verified = verify(&receipt, &genesis);
    assert_eq!(verified.0, Some(0), "{}", verified.1);
    assert!(verified.1.contains("AccessRefused"), "{}", verified.1);
    let mut bytes = std::fs::read(&receipt).expect("reads");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let broken = out.path().join("broken.receipt");
    std::fs::write(&broken, bytes).expect("writes");
    assert_eq!(verify(&broken, &genesis).0, Some(1));
    assert_eq!(verify(&out.path().join("absent"), &genesis).0, Some(2));
}

fn verify(receipt: &std::path::Path, genesis: &std::path::Path) -> (Option<i32>, String) {
    let told = amanat()
        .arg("verify")
        .arg(receipt)
        .arg("--genesis")
        .arg(genesis)
        .output()
        .expect("runs");
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    (told.status.code(), text)
}

#[test]
fn too_few_patients_are_told_and_end_with_2() {
    let folder = tempfile::tempdir().expect("folder");
    let fixture = include_str!("../../../fixtures/fhir/adult-1.json");
    std::fs::write(folder.path().join("one.json"), fixture).expect("writes");
    let shown = amanat()
        .args(["demo", "--fhir"])
        .arg(folder.path())
        .output()
        .expect("runs");
    assert_eq!(shown.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&shown.stderr);
    assert!(errors.contains("four living adults"), "{errors}");
}
