//! The OpenAPI document: collected from the handlers, and completed with what holds for all of them.
//!
//! A handler declares its success, its own conflicts and the roles that may call it, as
//! `security(("bearer" = ["planner"]))`. What follows from its shape (no sign-in, a body that is no JSON, no such id, a
//! database that does not answer) is added here, so that no operation forgets it.

use actix_web::App;
use huilu_api_spec::problem::Problem;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, Info, License, OpenApi, OpenApiBuilder, Ref, RefOr, Response, ResponseBuilder, Tag,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_actix_web::AppExt;

use super::auth::COOKIE;
use super::once::KEY_HEADER;
use super::problem::MEDIA_TYPE;

const BEARER: &str = "bearer";
const SESSION: &str = "session";

const TAGS: [(&str, &str); 13] = [
    ("session", "Signing in and out"),
    ("materials", "What is taken and how it is carried"),
    ("bookings", "Door pickups that residents book, and the slots they fit in"),
    ("outlets", "Where residents hand in and collectors unload"),
    ("depots", "Where vehicles start and end their day"),
    ("vehicles", "The fleet"),
    ("areas", "What a city reports by: districts, communities, census zones"),
    ("plans", "Planning a day: run, compare, publish"),
    ("routes", "The collector's day, and what is reported about it"),
    ("scenarios", "Siting: which outlets to open"),
    ("map", "Layers of the page's map as GeoJSON"),
    ("travel", "Seconds, metres and lines on the city's roads"),
    ("system", "Health and this document"),
];

/// The whole document, as it is committed in `api-spec/openapi.json`.
pub fn document() -> OpenApi {
    let (_, collected) = App::new().into_utoipa_app().openapi(frame()).configure(super::configure).split_for_parts();
    complete(collected)
}

fn frame() -> OpenApi {
    let mut info = Info::new("Huilu 回路", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Recycling pickups of a city: residents book, collectors drive, planners plan.\n\n\
         Seconds end in `_s`, metres in `_m`, grams in `_g`, litres in `_l`, money in fen in `_fen`. Instants are RFC 3339, \
         dates are days in the operator's time zone. Coordinates name their datum where they come in; answers are WGS-84. \
         Unknown fields and parameters are refused. Every refusal is a problem (RFC 9457) that lists all faults. Every POST \
         that creates something takes an `Idempotency-Key`: sent again with the same key and body, it acts once and gives \
         the first answer."
            .to_owned(),
    );
    let mut license = License::new("Apache-2.0 OR MIT");
    license.identifier = Some("Apache-2.0 OR MIT".to_owned());
    info.license = Some(license);
    let tags = TAGS.map(|(name, description)| {
        let mut tag = Tag::new(name);
        tag.description = Some(description.to_owned());
        tag
    });
    OpenApiBuilder::new().info(info).tags(Some(tags)).components(Some(components())).build()
}

fn components() -> Components {
    let mut components = Components::new();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A random token of this database; `make run` prints one for each role."))
        .build();
    let cookie = ApiKeyValue::with_description(COOKIE, "Set by `POST /v1/session`; for pages of this site alone.");
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components
}

fn complete(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            describe_roles(operation);
            add_problems(operation);
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.patch, &mut item.put, &mut item.delete].into_iter().flatten()
}

/// Names of the roles that may call an operation; empty where no sign-in is needed.
fn roles(operation: &Operation) -> Vec<String> {
    let requirements = operation.security.iter().flatten();
    requirements
        .filter_map(|requirement| serde_json::to_value(requirement).ok())
        .filter_map(|requirement| serde_json::from_value(requirement.get(BEARER)?.clone()).ok())
        .next()
        .unwrap_or_default()
}

fn describe_roles(operation: &mut Operation) {
    let roles = roles(operation);
    if roles.is_empty() {
        return;
    }
    let line = format!("Roles: {}.", roles.join(", "));
    operation.description = Some(match operation.description.take().filter(|text| !text.is_empty()) {
        Some(text) => format!("{text}\n\n{line}"),
        None => line,
    });
    operation.security =
        Some(vec![SecurityRequirement::new(BEARER, &roles), SecurityRequirement::new(SESSION, &roles)]);
}

fn add_problems(operation: &mut Operation) {
    let parameters: Vec<_> = operation
        .parameters
        .iter()
        .flatten()
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some((parameter.parameter_in.clone(), parameter.name.clone())),
            RefOr::Ref(_) => None,
        })
        .collect();
    let has = |place: ParameterIn| parameters.iter().any(|(found, _)| *found == place);
    let keyed = parameters.iter().any(|(_, name)| name == KEY_HEADER);
    let signed = !roles(operation).is_empty();
    let body = operation.request_body.is_some();
    let cases = [
        (body, "400", "The body broke off"),
        (signed, "401", "`SIGN_IN_NEEDED` or `TOKEN_REFUSED`"),
        (signed || body, "403", "`FORBIDDEN` for this role, or `CROSS_SITE`"),
        (has(ParameterIn::Path), "404", "Nothing by that id that the caller may see"),
        (body, "408", "The body took too long"),
        (keyed, "409", "`IDEMPOTENCY_KEY_IN_USE`"),
        (body, "413", "The body is too large"),
        (body, "415", "The body is not JSON"),
        (signed || body, "422", "The request has faults; `errors` lists all of them"),
        (true, "500", "Logged under `trace`"),
        (true, "503", "The database does not answer; try again"),
    ];
    for (applies, status, description) in cases {
        let known = operation.responses.responses.contains_key(status);
        if applies && !known {
            let response = ResponseBuilder::new().description(description).build();
            operation.responses.responses.insert(status.to_owned(), RefOr::T(response));
        }
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.as_str() >= "400"
        {
            carry_problem(response);
        }
    }
}

fn carry_problem(response: &mut Response) {
    let schema = Ref::from_schema_name(Problem::name().as_ref());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    response.content.insert(MEDIA_TYPE.to_owned(), RefOr::T(content));
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../api-spec/openapi.json");

    /// `HUILU_BLESS=1` rewrites the committed document.
    #[test]
    fn the_committed_document_is_the_one_the_handlers_give() {
        let current = document().to_pretty_json().unwrap() + "\n";
        if std::env::var_os("HUILU_BLESS").is_some() {
            std::fs::write(COMMITTED, &current).unwrap();
        }
        let committed = std::fs::read_to_string(COMMITTED).unwrap();
        assert!(committed == current, "the API has changed: HUILU_BLESS=1 cargo test -p huilu-server openapi");
    }
}
