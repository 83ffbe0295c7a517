//! The one table of routes: the router, the tests of refusal and the CapabilityStatement's test are made of it.
use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use crate::cases::Cases;
use crate::door::Door;
use crate::{handlers, layer};

/// Who may knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone: discovery, health, and the token endpoint, which judges by itself.
    Public,
    /// Holders of an access token.
    Token,
}

/// What kind of request a route takes: the label under which it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What the door can do, and how to sign in.
    Discovery,
    /// Whether the process runs and can serve.
    Health,
    /// Signing in.
    SignIn,
    /// Resources that are written.
    Write,
    /// Resources that are read or found.
    Read,
    /// A patient's access log, and what the patient permits and denies.
    Audit,
    /// Calls that cards and practitioners sign.
    Call,
    /// No route of this door.
    Unknown,
}

impl Class {
    /// The label of a metric.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Health => "health",
            Self::SignIn => "sign_in",
            Self::Write => "write",
            Self::Read => "read",
            Self::Audit => "audit",
            Self::Call => "call",
            Self::Unknown => "unknown",
        }
    }
}

/// The class of each route, by method and template.
#[derive(Clone)]
pub(crate) struct Classes(Arc<[(Method, &'static str, Class)]>);

impl Classes {
    /// The class of a request by what the router matched.
    pub(crate) fn of(&self, method: &Method, template: &str) -> Class {
        // axum answers HEAD with the handler of GET.
        let takes = |one: &Method| one == method || (method == Method::HEAD && one == Method::GET);
        let mut all = self.0.iter();
        let found = all.find(|(one, path, _)| *path == template && takes(one));
        found.map_or(Class::Unknown, |(_, _, class)| *class)
    }
}

/// One route.
pub struct Route<C: Cases> {
    /// Its method.
    pub method: Method,
    /// Its path as a template.
    pub path: &'static str,
    /// Who may knock.
    pub access: Access,
    /// Under what it is counted.
    pub class: Class,
    handler: MethodRouter<Arc<Door<C>>>,
}

impl<C: Cases> Route<C> {
    const fn new(
        method: Method,
        path: &'static str,
        (access, class): (Access, Class),
        handler: MethodRouter<Arc<Door<C>>>,
    ) -> Self {
        Self {
            method,
            path,
            access,
            class,
            handler,
        }
    }
}

/// Every route.
pub fn routes<C: Cases>() -> Vec<Route<C>> {
    use Access::{Public, Token};
    use Class::{Audit, Call, Discovery, Health, Read, SignIn, Write};
    let reads = |path, access, handler| Route::new(Method::GET, path, access, handler);
    let writes = |path, access, handler| Route::new(Method::POST, path, access, handler);
    let mut routes = vec![
        reads(
            "/metadata",
            (Public, Discovery),
            get(handlers::metadata::<C>),
        ),
        reads(
            "/.well-known/smart-configuration",
            (Public, Discovery),
            get(handlers::smart_configuration::<C>),
        ),
        reads("/healthz", (Public, Health), get(handlers::healthz)),
        reads("/readyz", (Public, Health), get(handlers::readyz::<C>)),
        writes("/token", (Public, SignIn), post(handlers::token::<C>)),
        writes("/", (Token, Write), post(handlers::transaction::<C>)),
        writes("/$prepare", (Token, Call), post(handlers::prepare::<C>)),
        writes("/$submit", (Token, Call), post(handlers::submit::<C>)),
        writes("/$letter", (Token, Call), post(handlers::letter::<C>)),
        writes("/$committed", (Token, Call), post(handlers::committed::<C>)),
        writes("/$discharge", (Token, Call), post(handlers::discharge::<C>)),
        reads("/AuditEvent", (Token, Audit), get(handlers::audit::<C>)),
        reads("/$notices", (Token, Audit), get(handlers::notices::<C>)),
        reads("/$opened", (Token, Audit), get(handlers::opened::<C>)),
        reads(
            "/$glass-to-review",
            (Token, Audit),
            get(handlers::glass_to_review::<C>),
        ),
        reads(
            "/Consent/$in-force",
            (Token, Audit),
            get(handlers::in_force::<C>),
        ),
        reads("/{kind}/{id}/$why", (Token, Audit), get(handlers::why::<C>)),
        writes("/{kind}", (Token, Write), post(handlers::create::<C>)),
        writes(
            "/{kind}/{id}/$amend",
            (Token, Write),
            post(handlers::amend::<C>),
        ),
        writes(
            "/{kind}/{id}/$retract",
            (Token, Write),
            post(handlers::retract::<C>),
        ),
        reads("/{kind}", (Token, Read), get(handlers::search::<C>)),
        writes(
            "/{kind}/_search",
            (Token, Read),
            post(handlers::search_by_form::<C>),
        ),
        reads("/{kind}/{id}", (Token, Read), get(handlers::read::<C>)),
        reads(
            "/{kind}/{id}/_history/{version}",
            (Token, Read),
            get(handlers::version_read::<C>),
        ),
    ];
    routes.extend(of_patients());
    routes
}

/// Those about patients.
fn of_patients<C: Cases>() -> Vec<Route<C>> {
    use Access::Token;
    use Class::{Audit, Read};
    let reads = |path, access, handler| Route::new(Method::GET, path, access, handler);
    let writes = |path, access, handler| Route::new(Method::POST, path, access, handler);
    vec![
        reads(
            "/Patient/{id}/$everything",
            (Token, Read),
            get(handlers::everything::<C>),
        ),
        writes(
            "/Patient/$match",
            (Token, Read),
            post(handlers::match_patient::<C>),
        ),
        reads(
            "/Patient/{id}/$archive",
            (Token, Read),
            get(handlers::archive::<C>),
        ),
        reads(
            "/Patient/{id}/$accounting",
            (Token, Audit),
            get(handlers::accounting::<C>),
        ),
        reads(
            "/Patient/{id}/$amendments",
            (Token, Audit),
            get(handlers::amendments::<C>),
        ),
        reads(
            "/Patient/{id}/$who-could",
            (Token, Audit),
            get(handlers::who_could::<C>),
        ),
    ]
}

/// The whole door as a service. A route is closed unless the table says that it is public.
pub fn router<C: Cases>(door: &Arc<Door<C>>) -> Router {
    let mut router = Router::new();
    let mut classes = Vec::new();
    for route in routes::<C>() {
        classes.push((route.method, route.path, route.class));
        let handler = match route.access {
            Access::Public => route.handler,
            Access::Token => route.handler.route_layer(from_fn_with_state(
                Arc::clone(door),
                layer::require_session::<C>,
            )),
        };
        router = router.route(route.path, handler);
    }
    let counted = (Classes(classes.into()), door.meter.clone());
    router
        .layer(from_fn_with_state(Arc::clone(door), layer::guard::<C>))
        .layer(from_fn_with_state(counted, layer::trace))
        .with_state(Arc::clone(door))
}
