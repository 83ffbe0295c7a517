//! Every no of a sign-in, with its OAuth 2.0 code (RFC 6749, 5.2; RFC 6750, 3.1) and its text.

macro_rules! refusals {
    ($($name:ident $code:literal $text:literal),* $(,)?) => {
        /// Why a sign-in or an access token is turned away. The text never repeats what came in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum LoginRefusal { $(#[doc = $text] $name),* }

        impl LoginRefusal {
            /// Every refusal, in the order in which they are judged.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code of RFC 6749 or RFC 6750.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// What it says.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

refusals! {
    // The token request.
    RequestMalformed "invalid_request" "the request must be a form with each parameter once",
    GrantTypeWrong "unsupported_grant_type" "grant_type must be client_credentials",
    AssertionTypeWrong "invalid_request" "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    AssertionMissing "invalid_request" "client_assertion is required",
    AssertionTooLarge "invalid_request" "client_assertion is larger than 8 KiB",
    AssertionMalformed "invalid_client" "client_assertion is not a signed JWT with the claims iss, sub, aud, exp and jti",
    AlgorithmNotAllowed "invalid_client" "client_assertion must be signed with RS384 or ES384",
    HeaderCritical "invalid_client" "client_assertion has a crit header that is not understood",
    KeyIdMissing "invalid_client" "client_assertion must name its key in the header kid",
    ClientUnknown "invalid_client" "the client is not registered",
    KeyUnknown "invalid_client" "the client has no key of this kid and algorithm",
    SignatureWrong "invalid_client" "the signature of client_assertion does not verify",
    IssuerMismatch "invalid_client" "iss and sub, and client_id if it is given, must be the same client",
    AudienceWrong "invalid_client" "aud must be the URL of this token endpoint",
    AssertionExpired "invalid_client" "client_assertion has expired",
    AssertionTooLong "invalid_client" "exp is more than five minutes ahead",
    AssertionNotYet "invalid_client" "nbf or iat lies in the future",
    JtiForm "invalid_client" "jti must be 1 to 128 characters",
    AssertionReplayed "invalid_client" "the jti of client_assertion was used before",
    TooManyLogins "temporarily_unavailable" "too many sign-ins of this client within five minutes",
    ScopeForm "invalid_scope" "scope must be 1 to 64 of system/Type.read, system/Type.write or system/Type.cruds",
    ScopeNotAllowed "invalid_scope" "a scope goes beyond what the client is registered for",
    PurposeUnknown "invalid_request" "purpose_of_use must be codes of HL7 v3 ActReason that this exchange knows",
    PurposeNotAllowed "invalid_request" "a purpose goes beyond what the client is registered for",

    // The access token.
    TokenMissing "invalid_request" "an access token is required: Authorization: Bearer",
    TokenMalformed "invalid_token" "the access token is not one of this gateway",
    TokenForged "invalid_token" "the access token was not issued by this gateway",
    TokenExpired "invalid_token" "the access token has expired",
    TokenClientGone "invalid_token" "the client of the access token is not registered any more",
}

impl std::fmt::Display for LoginRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}
impl std::error::Error for LoginRefusal {}
