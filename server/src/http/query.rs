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
use utoipa::IntoParams;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, ParameterIn};

use super::problem::ApiError;
use crate::app::{At, Fault, FaultCode, Faults};

/// The query of a request; every field of `T` is a string or an optional string.
///
/// Extracting it never fails, so that callers who may not ask learn nothing but that.
#[derive(Debug)]
pub(crate) struct Query<T>(Result<T, Faults>);

impl<T> Query<T> {
    /// # Errors
    /// Every unknown, missing and repeated parameter.
    pub(crate) fn read(&self) -> Result<&T, ApiError> {
        self.0.as_ref().map_err(|faults| faults.clone().into())
    }
}

impl<T: DeserializeOwned + IntoParams> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(read(request.query_string()))))
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
    read::<Nothing>(query).map(|Nothing {}| ())
}

fn read<T: DeserializeOwned + IntoParams>(query: &str) -> Result<T, Faults> {
    let mut faults = Faults::default();
    let mut fault = |code, name: &str, message: String, remedy: &str| {
        faults.push(Fault { code, at: At::Unknown(name.to_owned()), message, remedy: remedy.to_owned() });
    };
    let given: Vec<(String, String)> = web::Query::from_query(query).map(web::Query::into_inner).unwrap_or_default();
    let known = T::into_params(|| None);
    for (at, (name, _)) in given.iter().enumerate() {
        if !known.iter().any(|parameter| parameter.name == *name) {
            let remedy = "Leave it out, or check its spelling against /openapi.json.";
            fault(FaultCode::UnknownParameter, name, format!("`{name}` is not a parameter here"), remedy);
        } else if given[..at].iter().any(|(before, _)| before == name) {
            fault(FaultCode::Contradiction, name, format!("`{name}` is given twice"), "Give it once.");
        }
    }
    for parameter in &known {
        let missing = !given.iter().any(|(name, value)| *name == parameter.name && !value.is_empty());
        if missing && parameter.required == utoipa::openapi::Required::True {
            let (code, remedy) = match parameter.name.as_str() {
                "datum" => {
                    (FaultCode::MissingDatum, "Add `datum`: wgs84 (GPS), gcj02 (AMap, Tencent) or bd09 (Baidu).")
                }
                _ => (FaultCode::MissingParameter, "Add it to the query."),
            };
            fault(code, &parameter.name, format!("`{}` is missing", parameter.name), remedy);
        }
    }
    faults.or(())?;
    web::Query::from_query(query).map(web::Query::into_inner).map_err(|cause| {
        let mut faults = Faults::default();
        faults.push(Fault {
            code: FaultCode::WrongType,
            at: At::Unknown(String::new()),
            message: format!("The query cannot be read: {cause}"),
            remedy: "Encode it as application/x-www-form-urlencoded.".to_owned(),
        });
        faults
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use huilu_api_spec::slot::SlotQuery;

    fn check(query: &str, expected: &[(FaultCode, &str)]) {
        let found: Vec<(FaultCode, String)> = match read::<SlotQuery>(query) {
            Ok(_) => Vec::new(),
            Err(faults) => faults
                .iter()
                .map(|fault| match &fault.at {
                    At::Unknown(name) => (fault.code, name.clone()),
                    other => panic!("{other:?} in a query"),
                })
                .collect(),
        };
        let found: Vec<(FaultCode, &str)> = found.iter().map(|(code, name)| (*code, name.as_str())).collect();
        assert_eq!(found, expected, "{query}");
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
