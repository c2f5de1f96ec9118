//! Reads query parameters and reports every unknown, missing or repeated one at once.
//!
//! The parameters that an operation knows are those its OpenAPI description lists. What their values mean is checked
//! by the use case.

use std::collections::HashSet;
use std::future::{Ready, ready};
use std::sync::LazyLock;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, web};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, ParameterIn};

use super::problem::{ApiError, ApiResult};
use crate::app::{AppError, AppResult, At, Fault, FaultCode, Faults};

/// The query of a request; every field of `T` is a string or an optional string.
///
/// Extracting it never fails, so that callers who may not ask learn nothing but that.
#[derive(Debug)]
pub(crate) struct Query<T> {
    /// What is missing reads as empty.
    value: Option<T>,
    faults: Faults,
}

impl<T> Query<T> {
    /// What `ask` answers; the faults that it finds in the values and those of the query itself are reported together.
    ///
    /// # Errors
    /// All faults, or whatever else `ask` fails with.
    pub(crate) async fn answer<U>(&self, ask: impl AsyncFnOnce(&T) -> AppResult<U>) -> ApiResult<U> {
        let Some(value) = &self.value else { return Err(self.faults.clone().into()) };
        match ask(value).await {
            Ok(answer) => Ok(self.faults.clone().or(answer)?),
            Err(AppError::Invalid(mut more)) => {
                more.retain(|fault| self.faults.iter().all(|known| name(&known.at) != name(&fault.at)));
                let mut all = self.faults.clone();
                all.extend(more);
                Err(all.into())
            }
            Err(error) if self.faults.is_empty() => Err(error.into()),
            Err(_) => Err(self.faults.clone().into()),
        }
    }
}

fn name(at: &At) -> &str {
    match at {
        At::Parameter(name) => name,
        At::Unknown(name) => name,
        At::Body(_) => "",
    }
}

impl<T: DeserializeOwned + IntoParams> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(read(request.query_string())))
    }
}

/// Operations that have query parameters: method and pattern of the path.
static ASKING: LazyLock<HashSet<(Method, String)>> = LazyLock::new(|| {
    let asks = |operation: &&Operation| {
        operation.parameters.iter().flatten().any(|parameter| match parameter {
            RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
            RefOr::Ref(_) => false,
        })
    };
    let document = super::openapi::document();
    let paths = document.paths.paths.iter().flat_map(|(path, item)| {
        let methods = [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        let asking = methods.into_iter().filter(|(_, operation)| operation.as_ref().filter(asks).is_some());
        asking.map(|(method, _)| (method, path.clone())).collect::<Vec<_>>()
    });
    paths.collect()
});

#[derive(Deserialize, IntoParams)]
struct Nothing {}

/// Refuses every query parameter of an operation that has none.
///
/// # Errors
/// One fault for each of them.
pub(crate) fn refuse_unknown(request: &HttpRequest) -> Result<(), Faults> {
    let query = request.query_string();
    let pattern = request.match_pattern().unwrap_or_default();
    if query.is_empty() || ASKING.contains(&(request.method().clone(), pattern)) {
        return Ok(());
    }
    read::<Nothing>(query).faults.or(())
}

fn read<T: DeserializeOwned + IntoParams>(query: &str) -> Query<T> {
    let mut faults = Faults::default();
    let mut fault = |code, name: &str, message: String, remedy: &str| {
        faults.push(Fault { code, at: At::Unknown(name.to_owned()), message, remedy: remedy.to_owned() });
    };
    let given: Vec<(String, String)> = web::Query::from_query(query).map(web::Query::into_inner).unwrap_or_default();
    let known = T::into_params(|| None);
    let mut values = serde_json::Map::new();
    for (name, value) in given {
        if !known.iter().any(|parameter| parameter.name == name) {
            let remedy = "Leave it out, or check its spelling against /openapi.json.";
            fault(FaultCode::UnknownParameter, &name, format!("`{name}` is not a parameter here"), remedy);
        } else if values.contains_key(&name) {
            fault(FaultCode::Contradiction, &name, format!("`{name}` is given twice"), "Give it once.");
        } else {
            values.insert(name, Value::String(value));
        }
    }
    for parameter in known.iter().filter(|parameter| parameter.required == utoipa::openapi::Required::True) {
        let value = values.entry(&parameter.name).or_insert_with(|| Value::String(String::new()));
        if value.as_str().is_some_and(str::is_empty) {
            let (code, remedy) = match parameter.name.as_str() {
                "datum" => {
                    (FaultCode::MissingDatum, "Add `datum`: wgs84 (GPS), gcj02 (AMap, Tencent) or bd09 (Baidu).")
                }
                _ => (FaultCode::MissingParameter, "Add it to the query."),
            };
            fault(code, &parameter.name, format!("`{}` is missing", parameter.name), remedy);
        }
    }
    Query { value: serde_json::from_value(Value::Object(values)).ok(), faults }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huilu_api_spec::slot::SlotQuery;

    fn check(query: &str, expected: &[(FaultCode, &str)]) {
        let read = read::<SlotQuery>(query);
        let found: Vec<(FaultCode, &str)> = read.faults.iter().map(|fault| (fault.code, name(&fault.at))).collect();
        assert_eq!(found, expected, "{query}");
        assert!(read.value.is_some(), "{query}: its values can be checked all the same");
    }

    #[test]
    fn every_fault_of_a_query_is_told_at_once() {
        use FaultCode::{Contradiction, MissingDatum, MissingParameter, UnknownParameter};
        check("lat=1&lon=2&datum=wgs84&date=2026-11-25", &[]);
        check("lat=1&lon=2&date=2026-11-25", &[(MissingDatum, "datum")]);
        check("lat=1&lon=2&datum=&date=2026-11-25", &[(MissingDatum, "datum")]);
        check("lat=1&lon=2&datum=wgs84&date=d&dat=d", &[(UnknownParameter, "dat")]);
        check("lat=1&lat=2&lon=2&datum=wgs84&date=d", &[(Contradiction, "lat")]);
        check(
            "lon=2&x=1&lon=3",
            &[
                (UnknownParameter, "x"),
                (Contradiction, "lon"),
                (MissingParameter, "lat"),
                (MissingDatum, "datum"),
                (MissingParameter, "date"),
            ],
        );
        check("LAT=1&lat=1&lon=2&datum=wgs84&date=d", &[(UnknownParameter, "LAT")]);
    }
}
