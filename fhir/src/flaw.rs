//! What is wrong with an input: the place and the rule, never the value (a value may be personal data).

use std::fmt;

/// Why an input was turned away: where, and which rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {rule}")]
pub struct Flaw {
    at: String,
    rule: Rule,
}

impl Flaw {
    /// A flaw at a place that the caller names. The place must not hold anything that came as a value.
    pub fn new(at: impl Into<String>, rule: Rule) -> Self {
        Self {
            at: at.into(),
            rule,
        }
    }

    /// The place, FHIRPath-like: `Bundle.entry[3].resource.birthDate`, or the name of a query parameter.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// The rule that is broken.
    pub const fn rule(&self) -> Rule {
        self.rule
    }
}

/// The rules, in the order in which they are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// The body is longer than the limit.
    #[error("the body may have at most {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// The body is not UTF-8.
    #[error("the body must be UTF-8")]
    NotUtf8,
    /// The body holds a text that the JSON reader keeps for itself.
    #[error("the text \"$serde_json::private::\" is reserved")]
    ReservedText,
    /// The body is not JSON.
    #[error("not JSON (line {line}, column {column})")]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// The body ends in the middle.
    #[error("the body ends before the JSON does")]
    Unfinished,
    /// Something follows the resource.
    #[error("nothing may follow the resource")]
    TrailingBytes,
    /// The body, or an element that must be one, is not an object.
    #[error("must be an object")]
    NotObject,
    /// Nested too deep.
    #[error("at most {depth_max} levels of nesting")]
    TooDeep {
        /// The limit.
        depth_max: usize,
    },
    /// Too many values in all.
    #[error("at most {nodes_max} values in a body")]
    TooManyNodes {
        /// The limit.
        nodes_max: usize,
    },
    /// Too many entries in a Bundle.
    #[error("at most {entries_max} entries in a Bundle")]
    TooManyEntries {
        /// The limit.
        entries_max: usize,
    },
    /// Too many elements in one object.
    #[error("at most {names_max} elements in one object")]
    TooManyNames {
        /// The limit.
        names_max: usize,
    },
    /// An element name that FHIR cannot have.
    #[error(
        "an element name is ASCII letters and digits, after at most one underscore, at most 64 characters, and written without escapes"
    )]
    NameForm,
    /// An element is given twice.
    #[error("an element may be given once only")]
    NameTwice,

    /// No `resourceType`.
    #[error("resourceType is required")]
    TypeMissing,
    /// Not a type of R4.
    #[error("not a resource type of FHIR R4 (4.0.1)")]
    TypeUnknown,
    /// An id of another form.
    #[error("an id is 1 to 64 of A-Z a-z 0-9 - .")]
    IdForm,
    /// An empty object, array or string.
    #[error("empty objects, arrays and strings are not allowed: leave the element out")]
    Empty,
    /// A null outside of the arrays of a primitive and its extensions.
    #[error(
        "null is allowed only in an array beside its underscore twin, where the twin has a value"
    )]
    Null,
    /// An array in an array.
    #[error("an array may not hold an array")]
    NestedArray,
    /// An array of objects and primitives.
    #[error("an array holds either objects or primitives")]
    MixedArray,
    /// A control character in a string.
    #[error("control characters other than tab, line feed and carriage return are not allowed")]
    ControlCharacter,
    /// An underscore element with something else than an id and extensions.
    #[error("an underscore element holds only id and extension")]
    ShadowForm,
    /// Something else than the type that the element has.
    #[error("must be {0}")]
    Expected(&'static str),
    /// A required element is not there.
    #[error("is required")]
    Required,
    /// An extension with a value and nested extensions, or with neither.
    #[error("an extension has either a value or extensions")]
    ExtensionForm,
    /// A reference of no known form.
    #[error("a reference is Type/id, Type/id/_history/version, #id, or an absolute URI")]
    ReferenceForm,
    /// A `#id` that names nothing contained.
    #[error("no contained resource has this id")]
    ContainedMissing,
    /// A contained resource that contains resources.
    #[error("a contained resource may not contain resources")]
    ContainedNested,

    /// Not a transaction.
    #[error("the Bundle must be of type transaction")]
    BundleType,
    /// A batch.
    #[error("batch is not supported: send a transaction")]
    BatchUnsupported,
    /// A method other than POST.
    #[error("only POST is supported in a transaction")]
    MethodUnsupported,
    /// A conditional interaction.
    #[error("conditional interactions are not supported")]
    ConditionalUnsupported,
    /// `request.url` is not the resource's type.
    #[error("for POST the URL is the type of the resource")]
    UrlMismatch,
    /// A `fullUrl` that is not absolute.
    #[error("a fullUrl is an absolute URI, a urn:uuid in lower case")]
    FullUrlForm,
    /// A `fullUrl` used twice.
    #[error("the fullUrl of each entry must be unique")]
    FullUrlTwice,
    /// The same new id was given to two entries of one type.
    #[error("the assigned id is taken by another entry")]
    IdTwice,
    /// A `urn:uuid` that is not in the transaction.
    #[error("leads to no entry of this transaction")]
    ReferenceDangling,
    /// `Type?identifier=...`.
    #[error("conditional references are not supported")]
    ReferenceConditional,

    /// A patient's resource that does not say whose it is.
    #[error("must refer to a Patient of this exchange, as Patient/id")]
    PatientMissing,

    /// Too many items in one list.
    #[error("at most {items_max} items")]
    TooManyItems {
        /// The limit.
        items_max: usize,
    },
    /// Two of what may be named once.
    #[error("names something twice")]
    Repeated,
    /// Sound, but nothing here could keep it.
    #[error("{0}")]
    Unsupported(&'static str),
    /// It cannot all hold at once.
    #[error("{0}")]
    Contradiction(&'static str),

    /// The query string is too long.
    #[error("the query may have at most {bytes_max} bytes")]
    QueryTooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// A parameter that is not supported.
    #[error("this search parameter is not supported here")]
    ParameterUnknown,
    /// A parameter given twice.
    #[error("this search parameter may be given once only")]
    ParameterTwice,
    /// A parameter's value is of no use.
    #[error("must be {0}")]
    ParameterForm(&'static str),
}

/// A flaw on its way up: the steps are collected innermost first, so that a sound input pays nothing for its paths.
#[derive(Debug)]
pub(crate) struct Trail {
    rule: Rule,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Name(String),
    Index(usize),
}

impl Trail {
    pub(crate) const fn new(rule: Rule) -> Self {
        Self {
            rule,
            steps: Vec::new(),
        }
    }

    pub(crate) fn set_rule(&mut self, rule: Rule) {
        self.rule = rule;
    }

    pub(crate) fn push_name(&mut self, name: String) {
        self.steps.push(Step::Name(name));
    }

    pub(crate) fn push_index(&mut self, index: usize) {
        self.steps.push(Step::Index(index));
    }

    pub(crate) fn within(mut self, name: &str) -> Self {
        // A name that is no element name came from outside and is not repeated.
        if is_element_name(name) {
            self.push_name(name.to_owned());
        }
        self
    }

    pub(crate) fn item(mut self, index: usize) -> Self {
        self.push_index(index);
        self
    }

    pub(crate) fn finish(self, root: &str) -> Flaw {
        Flaw {
            at: Path {
                root,
                steps: &self.steps,
            }
            .to_string(),
            rule: self.rule,
        }
    }
}

struct Path<'a> {
    root: &'a str,
    steps: &'a [Step],
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.root)?;
        for step in self.steps.iter().rev() {
            match step {
                Step::Name(name) => write!(out, ".{name}")?,
                Step::Index(index) => write!(out, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Whether FHIR could have an element of this name. Only such names appear in a path.
pub(crate) fn is_element_name(name: &str) -> bool {
    let bare = name.strip_prefix('_').unwrap_or(name);
    name.len() <= 64
        && bare.starts_with(|c: char| c.is_ascii_alphabetic())
        && bare.bytes().all(|b| b.is_ascii_alphanumeric())
}
