//! The one table of routes: the router, the tests of refusal and the CapabilityStatement's test are made of it.
use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
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

/// One route.
pub struct Route<C: Cases> {
    /// Its method.
    pub method: Method,
    /// Its path as a template.
    pub path: &'static str,
    /// Who may knock.
    pub access: Access,
    handler: MethodRouter<Arc<Door<C>>>,
}

impl<C: Cases> Route<C> {
    const fn new(
        method: Method,
        path: &'static str,
        access: Access,
        handler: MethodRouter<Arc<Door<C>>>,
    ) -> Self {
        Self {
            method,
            path,
            access,
            handler,
        }
    }
}

/// Every route.
pub fn routes<C: Cases>() -> Vec<Route<C>> {
    use Access::{Public, Token};
    let reads = |path, access, handler| Route::new(Method::GET, path, access, handler);
    let writes = |path, access, handler| Route::new(Method::POST, path, access, handler);
    vec![
        reads("/metadata", Public, get(handlers::metadata::<C>)),
        reads(
            "/.well-known/smart-configuration",
            Public,
            get(handlers::smart_configuration::<C>),
        ),
        reads("/healthz", Public, get(handlers::healthz)),
        reads("/readyz", Public, get(handlers::readyz::<C>)),
        writes("/token", Public, post(handlers::token::<C>)),
        writes("/", Token, post(handlers::transaction::<C>)),
        writes("/$prepare", Token, post(handlers::prepare::<C>)),
        writes("/$submit", Token, post(handlers::submit::<C>)),
        writes("/$letter", Token, post(handlers::letter::<C>)),
        writes("/$discharge", Token, post(handlers::discharge::<C>)),
        reads("/AuditEvent", Token, get(handlers::audit::<C>)),
        reads(
            "/Patient/{id}/$everything",
            Token,
            get(handlers::everything::<C>),
        ),
        writes("/{kind}", Token, post(handlers::create::<C>)),
        reads("/{kind}", Token, get(handlers::search::<C>)),
        writes(
            "/{kind}/_search",
            Token,
            post(handlers::search_by_form::<C>),
        ),
        reads("/{kind}/{id}", Token, get(handlers::read::<C>)),
        reads(
            "/{kind}/{id}/_history/{version}",
            Token,
            get(handlers::version_read::<C>),
        ),
    ]
}

/// The whole door as a service. A route is closed unless the table says that it is public.
pub fn router<C: Cases>(door: &Arc<Door<C>>) -> Router {
    let mut router = Router::new();
    for route in routes::<C>() {
        let handler = match route.access {
            Access::Public => route.handler,
            Access::Token => route.handler.route_layer(from_fn_with_state(
                Arc::clone(door),
                layer::require_session::<C>,
            )),
        };
        router = router.route(route.path, handler);
    }
    router
        .layer(from_fn_with_state(Arc::clone(door), layer::guard::<C>))
        .layer(from_fn(layer::trace))
        .with_state(Arc::clone(door))
}
