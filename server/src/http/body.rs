//! Reads a JSON body and checks it against the schema that the OpenAPI document publishes.
//!
//! All faults of a request are wanted at once, those of its shape and those of its meaning. So a body with faults of
//! shape is mended with harmless values where they lie, its meaning is checked all the same, and faults that speak of
//! a mended place are dropped.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use jsonschema::Validator;
use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::ApiError;
use crate::app::{At, FaultCode, Faults};

/// No request of this API comes near it; siting candidates are the longest.
pub(crate) const BODY_LIMIT_BYTES: usize = 256 << 10;
/// A body that has not arrived by then never will; actix itself waits for ever.
const BODY_DEADLINE: Duration = Duration::from_secs(10);
const NESTING_LIMIT: usize = 32;
const FAULTS_MAX: usize = 100;

/// A JSON body of type `T`, read and checked for shape but not yet accepted.
///
/// Extracting it never fails, so that callers who may not ask learn nothing but that.
#[derive(Debug)]
pub(crate) struct Body<T> {
    /// Why nothing was read.
    refused: Option<ApiError>,
    value: Option<T>,
    faults: Faults,
    mended: Vec<String>,
    bytes: Bytes,
}

impl<T> Body<T> {
    fn refused(error: ApiError) -> Self {
        Self { refused: Some(error), value: None, faults: Faults::default(), mended: Vec::new(), bytes: Bytes::new() }
    }

    /// What came in, for the fingerprint of an idempotency key.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The value, where it has no fault.
    pub(crate) fn plain(self) -> Result<T, ApiError> {
        self.accept(Ok)
    }

    /// What `check` makes of the value; its faults and those of the shape are reported together.
    pub(crate) fn accept<U>(mut self, check: impl FnOnce(T) -> Result<U, Faults>) -> Result<U, ApiError> {
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        let checked = match self.value {
            Some(value) => check(value),
            None => return Err(self.faults.into()),
        };
        match checked {
            Ok(value) => Ok(self.faults.or(value)?),
            Err(mut more) => {
                let mended = &self.mended;
                more.retain(|fault| match &fault.at {
                    At::Body(pointer) => !mended.iter().any(|at| overlaps(at, pointer)),
                    _ => true,
                });
                self.faults.extend(more);
                Err(self.faults.into())
            }
        }
    }
}

/// True where one pointer is the other or lies inside it.
fn overlaps(one: &str, other: &str) -> bool {
    let inside = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    inside(one, other) || inside(other, one)
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Body<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let headers = request.headers();
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(essence);
        let declared = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
        let payload = payload.take();
        Box::pin(async move {
            let read = tokio::time::timeout(BODY_DEADLINE, read(payload, declared));
            let bytes = read.await.unwrap_or(Err(ApiError::BodyTooSlow));
            Ok(match (bytes, media_type.as_deref()) {
                (Err(refused), _) => Self::refused(refused),
                (Ok(bytes), Some("application/json")) => check(bytes),
                // An operation whose fields are all optional may come without a body.
                (Ok(bytes), None) if bytes.is_empty() => check(bytes),
                (Ok(_), _) => Self::refused(ApiError::UnsupportedMediaType),
            })
        })
    }
}

/// `Application/JSON; charset=utf-8` is `application/json`.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

async fn read(mut payload: Payload, declared: Option<u64>) -> Result<Bytes, ApiError> {
    if declared.is_some_and(|length| length > BODY_LIMIT_BYTES as u64) {
        return Err(ApiError::BodyTooLarge { limit_bytes: BODY_LIMIT_BYTES });
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::BodyBroken)?;
        if bytes.len() + chunk.len() > BODY_LIMIT_BYTES {
            return Err(ApiError::BodyTooLarge { limit_bytes: BODY_LIMIT_BYTES });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn check<T: DeserializeOwned + ToSchema>(bytes: Bytes) -> Body<T> {
    let mut faults = Faults::default();
    let nothing = Value::Object(serde_json::Map::new());
    let parsed = if bytes.is_empty() { Ok(nothing) } else { serde_json::from_slice::<Value>(&bytes) };
    let mut value = match parsed {
        Ok(value) => value,
        Err(cause) => {
            let remedy = "Send one JSON value in UTF-8; line and column are counted from 1.";
            faults.body(FaultCode::NotJson, "", format!("The body is not JSON: {cause}"), remedy);
            return Body { refused: None, value: None, faults, mended: Vec::new(), bytes };
        }
    };
    let mut mended = shape::<T>(&mut value, &mut faults);
    remove_nul(&mut value, String::new(), &mut faults, &mut mended);
    let typed = match serde_json::from_value(value) {
        Ok(typed) => Some(typed),
        Err(cause) => {
            // The schema and the type agree (a test holds them together); this is the belt to that brace.
            if faults.is_empty() {
                faults.body(FaultCode::WrongType, "", cause.to_string(), "Follow the schema in /openapi.json.");
            }
            None
        }
    };
    Body { refused: None, value: typed, faults, mended, bytes }
}

/// Collects the faults of shape, mends them in place and returns the pointers of what was mended.
fn shape<T: ToSchema>(value: &mut Value, faults: &mut Faults) -> Vec<String> {
    let name = T::name();
    let Some(schema) = SCHEMAS.by_name.get(name.as_ref()) else { return Vec::new() };
    let found: Vec<(String, ShapeFault)> = schema
        .iter_errors(value)
        .take(FAULTS_MAX)
        .flat_map(|error| {
            let at = error.instance_path().to_string();
            ShapeFault::all_of(&error).into_iter().map(move |fault| (at.clone(), fault))
        })
        .collect();
    let mut mended = Vec::new();
    for (at, fault) in found {
        let pointer = match &fault {
            ShapeFault::Unknown(field) | ShapeFault::Missing(field) => format!("{at}/{}", escape(field)),
            _ => at.clone(),
        };
        let (code, message, remedy) = fault.words();
        faults.body(code, pointer.clone(), message, remedy);
        match &fault {
            ShapeFault::Unknown(field) => {
                if let Some(Value::Object(object)) = value.pointer_mut(&at) {
                    object.remove(field);
                }
            }
            ShapeFault::Missing(field) => {
                let sample = SCHEMAS.sample(name.as_ref(), &pointer);
                if let Some(Value::Object(object)) = value.pointer_mut(&at) {
                    object.insert(field.clone(), sample);
                }
            }
            _ => {
                let sample = SCHEMAS.sample(name.as_ref(), &pointer);
                if let Some(place) = value.pointer_mut(&at) {
                    *place = sample;
                }
            }
        }
        mended.push(pointer);
    }
    mended
}

/// JSON strings may hold a NUL, which PostgreSQL cannot store.
fn remove_nul(value: &mut Value, at: String, faults: &mut Faults, mended: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains('\0') => {
            faults.body(FaultCode::OutOfRange, at.clone(), "The text holds a NUL character", "Leave it out.");
            text.retain(|letter| letter != '\0');
            mended.push(at);
        }
        Value::Array(entries) => {
            for (k, inner) in entries.iter_mut().enumerate() {
                remove_nul(inner, format!("{at}/{k}"), faults, mended);
            }
        }
        Value::Object(fields) => {
            for (name, inner) in fields {
                remove_nul(inner, format!("{at}/{}", escape(name)), faults, mended);
            }
        }
        _ => {}
    }
}

fn escape(field: &str) -> String {
    field.replace('~', "~0").replace('/', "~1")
}

/// A fault of shape in the API's own words.
enum ShapeFault {
    Unknown(String),
    Missing(String),
    WrongType(String),
    UnknownValue(String),
    OutOfRange(String),
}

impl ShapeFault {
    fn all_of(error: &ValidationError<'_>) -> Vec<Self> {
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                unexpected.iter().cloned().map(Self::Unknown).collect()
            }
            ValidationErrorKind::Required { property } => {
                vec![Self::Missing(property.as_str().unwrap_or_default().to_owned())]
            }
            ValidationErrorKind::Enum { options } => {
                let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
                let listed: Vec<String> = options.iter().map(Value::to_string).collect();
                vec![Self::UnknownValue(listed.join(", "))]
            }
            ValidationErrorKind::Type { kind } => {
                let wanted = match kind {
                    jsonschema::error::TypeKind::Single(one) => one.to_string(),
                    jsonschema::error::TypeKind::Multiple(many) => {
                        many.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or ")
                    }
                };
                vec![Self::WrongType(wanted)]
            }
            ValidationErrorKind::Minimum { limit } => vec![Self::OutOfRange(format!("at least {limit}"))],
            ValidationErrorKind::Maximum { limit } => vec![Self::OutOfRange(format!("at most {limit}"))],
            ValidationErrorKind::MinItems { limit } => vec![Self::OutOfRange(format!("at least {limit} entries"))],
            ValidationErrorKind::MaxItems { limit } => vec![Self::OutOfRange(format!("at most {limit} entries"))],
            ValidationErrorKind::MinLength { limit } => vec![Self::OutOfRange(format!("at least {limit} characters"))],
            ValidationErrorKind::MaxLength { limit } => vec![Self::OutOfRange(format!("at most {limit} characters"))],
            _ => vec![Self::OutOfRange(format!("as the schema says ({})", error.kind().keyword()))],
        }
    }

    fn words(&self) -> (FaultCode, String, String) {
        match self {
            Self::Unknown(field) => (
                FaultCode::UnknownField,
                format!("`{field}` is not a field here"),
                "Leave it out, or check its spelling against /openapi.json.".to_owned(),
            ),
            Self::Missing(field) if field == "datum" => (
                FaultCode::MissingDatum,
                "The datum is missing; coordinates without one may be off by several hundred metres".to_owned(),
                "Add `datum`: wgs84 (GPS), gcj02 (AMap, Tencent) or bd09 (Baidu).".to_owned(),
            ),
            Self::Missing(field) => {
                (FaultCode::MissingField, format!("`{field}` is missing"), format!("Add `{field}`."))
            }
            Self::WrongType(wanted) => {
                (FaultCode::WrongType, format!("This must be of type {wanted}"), format!("Send {wanted} here."))
            }
            Self::UnknownValue(listed) => {
                (FaultCode::UnknownValue, "This value is not known".to_owned(), format!("Use one of {listed}."))
            }
            Self::OutOfRange(limit) => {
                (FaultCode::OutOfRange, format!("This must be {limit}"), format!("Send {limit}."))
            }
        }
    }
}

/// Validators of all published schemas, built once.
struct Schemas {
    document: Value,
    by_name: HashMap<String, Validator>,
}

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let document = serde_json::to_value(super::openapi::document()).unwrap_or(Value::Null);
    let components = document.get("components").cloned().unwrap_or(Value::Null);
    let names =
        components.pointer("/schemas").and_then(Value::as_object).map(|all| all.keys().cloned().collect::<Vec<_>>());
    let by_name = names
        .unwrap_or_default()
        .into_iter()
        .filter_map(|name| {
            let root = serde_json::json!({ "$ref": format!("#/components/schemas/{name}"), "components": components });
            jsonschema::draft202012::new(&root).ok().map(|validator| (name, validator))
        })
        .collect();
    Schemas { document, by_name }
});

impl Schemas {
    fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..NESTING_LIMIT {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { break };
            let Some(target) = self.document.pointer(reference.trim_start_matches('#')) else { break };
            schema = target;
        }
        schema
    }

    /// The smallest value that fits the schema at `pointer` of the type `name`.
    fn sample(&self, name: &str, pointer: &str) -> Value {
        let Some(mut schema) = self.document.pointer(&format!("/components/schemas/{name}")) else {
            return Value::Null;
        };
        for token in pointer.split('/').skip(1) {
            schema = self.resolve(schema);
            let token = token.replace("~1", "/").replace("~0", "~");
            let next = schema.get("properties").and_then(|fields| fields.get(&token)).or_else(|| schema.get("items"));
            let Some(next) = next else { return Value::Null };
            schema = next;
        }
        self.smallest(schema, 0)
    }

    fn smallest(&self, schema: &Value, depth: usize) -> Value {
        let schema = self.resolve(schema);
        if depth > NESTING_LIMIT {
            return Value::Null;
        }
        if let Some(first) = schema.get("enum").and_then(Value::as_array).and_then(|all| all.first()) {
            return first.clone();
        }
        let kind = match schema.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str).unwrap_or("null"),
            _ => "null",
        };
        match kind {
            "object" => {
                let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let fields = required.iter().filter_map(Value::as_str).filter_map(|field| {
                    let inner = schema.get("properties")?.get(field)?;
                    Some((field.to_owned(), self.smallest(inner, depth + 1)))
                });
                Value::Object(fields.collect())
            }
            "array" => Value::Array(Vec::new()),
            "string" => Value::String(String::new()),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(Value::from(0)),
            "boolean" => Value::Bool(false),
            _ => Value::Null,
        }
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
