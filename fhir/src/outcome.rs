//! `OperationOutcome`: how every error, and every notice, is told to a FHIR client.

use serde_json::{Map, Value};

use crate::flaw::{Flaw, Rule};
use crate::resource::Resource;

/// How bad an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The action failed, and checking stopped.
    Fatal,
    /// The action failed.
    Error,
    /// The action went on, but something may be wrong.
    Warning,
    /// The action went on.
    Information,
}

impl Severity {
    /// The code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

/// The codes of `http://hl7.org/fhir/issue-type` that this exchange uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueType {
    /// `structure`: not JSON, or not FHIR's.
    Structure,
    /// `required`: an element is missing.
    Required,
    /// `value`: an element's value is of the wrong form.
    Value,
    /// `code-invalid`: a code that is not of its list.
    CodeInvalid,
    /// `invariant`: a rule between elements is broken.
    Invariant,
    /// `too-long`: too large a body, too many entries.
    TooLong,
    /// `too-costly`: more work than one request may ask.
    TooCostly,
    /// `not-supported`: sound, but not done here.
    NotSupported,
    /// `not-found`: no such resource, or none that may be seen.
    NotFound,
    /// `duplicate`: exists already.
    Duplicate,
    /// `conflict`: another version came in between.
    Conflict,
    /// `deleted`: it was here, and is gone.
    Deleted,
    /// `business-rule`: the ledger refused.
    BusinessRule,
    /// `login`: who asks is not known.
    Login,
    /// `expired`: the token or the ticket has ended.
    Expired,
    /// `forbidden`: no basis.
    Forbidden,
    /// `suppressed`: something may have been withheld.
    Suppressed,
    /// `throttled`: too many requests.
    Throttled,
    /// `transient`: try again.
    Transient,
    /// `timeout`: not in time.
    Timeout,
    /// `exception`: a fault here.
    Exception,
    /// `informational`: nothing is wrong.
    Informational,
}

impl IssueType {
    /// The code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Required => "required",
            Self::Value => "value",
            Self::CodeInvalid => "code-invalid",
            Self::Invariant => "invariant",
            Self::TooLong => "too-long",
            Self::TooCostly => "too-costly",
            Self::NotSupported => "not-supported",
            Self::NotFound => "not-found",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
            Self::Deleted => "deleted",
            Self::BusinessRule => "business-rule",
            Self::Login => "login",
            Self::Expired => "expired",
            Self::Forbidden => "forbidden",
            Self::Suppressed => "suppressed",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Timeout => "timeout",
            Self::Exception => "exception",
            Self::Informational => "informational",
        }
    }
}

/// One issue of an OperationOutcome. Its texts go to clients and logs: no health data in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How bad.
    pub severity: Severity,
    /// Of which kind.
    pub code: IssueType,
    /// In words, if there is something to say.
    pub diagnostics: Option<String>,
    /// Where: FHIRPath-like.
    pub expression: Option<String>,
}

impl Issue {
    /// An error, in words.
    pub fn error(code: IssueType, diagnostics: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            diagnostics: Some(diagnostics.into()),
            expression: None,
        }
    }

    /// Something to know that is not an error.
    pub fn information(code: IssueType, diagnostics: impl Into<String>) -> Self {
        Self {
            severity: Severity::Information,
            ..Self::error(code, diagnostics)
        }
    }

    /// The same, with its place.
    pub fn at(self, expression: impl Into<String>) -> Self {
        Self {
            expression: Some(expression.into()),
            ..self
        }
    }
}

impl From<&Flaw> for Issue {
    /// The place stands in the words too: clients show those first.
    fn from(flaw: &Flaw) -> Self {
        Self::error(flaw.rule().issue_type(), flaw.to_string()).at(flaw.at())
    }
}

impl Rule {
    /// The issue type that tells a client what kind of flaw it is.
    pub const fn issue_type(self) -> IssueType {
        match self {
            Self::TooLarge { .. }
            | Self::TooManyEntries { .. }
            | Self::TooManyItems { .. }
            | Self::QueryTooLarge { .. } => IssueType::TooLong,
            Self::TooDeep { .. } | Self::TooManyNodes { .. } | Self::TooManyNames { .. } => {
                IssueType::TooCostly
            }
            Self::NotUtf8
            | Self::ReservedText
            | Self::NotJson { .. }
            | Self::Unfinished
            | Self::TrailingBytes
            | Self::NotObject
            | Self::NameForm
            | Self::NameTwice
            | Self::TypeUnknown
            | Self::Empty
            | Self::Null
            | Self::NestedArray
            | Self::MixedArray
            | Self::ShadowForm => IssueType::Structure,
            Self::TypeMissing | Self::Required | Self::PatientMissing => IssueType::Required,
            Self::IdForm
            | Self::ControlCharacter
            | Self::Expected(_)
            | Self::ReferenceForm
            | Self::BundleType
            | Self::UrlMismatch
            | Self::FullUrlForm
            | Self::ParameterForm(_)
            | Self::ParameterTwice
            | Self::Repeated => IssueType::Value,
            Self::ExtensionForm
            | Self::ContainedMissing
            | Self::ContainedNested
            | Self::FullUrlTwice
            | Self::ReferenceDangling
            | Self::Contradiction(_) => IssueType::Invariant,
            Self::IdTwice => IssueType::Duplicate,
            Self::BatchUnsupported
            | Self::MethodUnsupported
            | Self::ConditionalUnsupported
            | Self::ReferenceConditional
            | Self::ParameterUnknown
            | Self::Unsupported(_) => IssueType::NotSupported,
        }
    }
}

/// The OperationOutcome of these issues; FHIR wants at least one, so for none it says that all is well.
pub fn operation_outcome(issues: &[Issue]) -> Resource {
    let well = [Issue::information(IssueType::Informational, "All OK")];
    let issues = if issues.is_empty() { &well } else { issues };
    let mut map = Map::new();
    map.insert("resourceType".to_owned(), "OperationOutcome".into());
    map.insert("issue".to_owned(), issues.iter().map(issue_value).collect());
    Resource::new(map)
}

fn issue_value(issue: &Issue) -> Value {
    let mut map = Map::new();
    map.insert("severity".to_owned(), issue.severity.code().into());
    map.insert("code".to_owned(), issue.code.code().into());
    if let Some(text) = issue.diagnostics.as_deref().filter(|text| !text.is_empty()) {
        map.insert("diagnostics".to_owned(), text.into());
    }
    if let Some(place) = issue
        .expression
        .as_deref()
        .filter(|place| !place.is_empty())
    {
        map.insert("expression".to_owned(), vec![Value::from(place)].into());
    }
    Value::Object(map)
}
