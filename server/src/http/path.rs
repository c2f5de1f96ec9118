//! Ids in paths: what is no id names nothing, so it is answered as not found.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use super::problem::ApiError;

/// The id or the tuple of ids in the path, such as `InPath<BookingId>`.
///
/// Not called `Path`, because utoipa reads extractors by their name and knows no ids; handlers describe theirs with
/// `params(("id" = Uuid, Path))`.
#[derive(Debug)]
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for InPath<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let ids = web::Path::<T>::from_request(request, payload).into_inner();
        ready(ids.map(|ids| Self(ids.into_inner())).map_err(|_| ApiError::NoSuchPath))
    }
}
