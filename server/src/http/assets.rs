//! The page and its files, built into the binary.

use actix_web::http::header::{self, ETag, EntityTag, Header, HeaderValue, IfNoneMatch, TryIntoHeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Dist;

/// The file at `path`, where there is one.
pub(crate) fn serve(request: &HttpRequest, path: &str) -> Option<HttpResponse> {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    if name.split('/').any(|part| part.starts_with('.')) {
        return None;
    }
    Some(answer(request, name, Dist::get(name)?))
}

/// Shown at `/` where the page was not built into this binary.
pub(crate) fn unbuilt() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(
        "huilu 回路\n\nThis binary was built without its page: run `make run`, or `npm ci && npx vite build` in server/web.\n\
         本程序未包含网页：请运行 make run。\n\nAPI: /openapi.json\n",
    )
}

fn answer(request: &HttpRequest, name: &str, file: EmbeddedFile) -> HttpResponse {
    let digest: String = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = EntityTag::new_strong(digest);
    // Built files carry a digest in their name; the page that names them must be asked for each time.
    let cache = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = if known(request, &tag) {
        HttpResponse::new(StatusCode::NOT_MODIFIED)
    } else if request.method() == Method::HEAD {
        HttpResponse::Ok().content_type(file.metadata.mimetype()).finish()
    } else {
        HttpResponse::Ok().content_type(file.metadata.mimetype()).body(file.data.into_owned())
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(value) = ETag(tag).try_into_value() {
        headers.insert(header::ETAG, value);
    }
    response
}

fn known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|one| one.weak_eq(tag)),
        Err(_) => false,
    }
}
