//! Who is calling: the role an operation needs stands in its handler's signature as [`Require`].
//!
//! Programs send a bearer token. Pages have a session cookie, because an event stream of a browser sends no bearer
//! token; with the cookie, changes are taken from this site's own pages alone.

use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::{Method, header};
use actix_web::{FromRequest, HttpRequest, web};
use huilu_api_spec::session::Role;

use super::problem::ApiError;
use super::{AppState, query};
use crate::app::{Actor, sessions};

pub(crate) const COOKIE: &str = "huilu_session";

/// The roles that may call an operation.
pub(crate) trait Allowed {
    const ROLES: &'static [Role];
}

macro_rules! allowed {
    ($(#[$doc:meta] $name:ident: $($role:ident)+;)+) => {
        $(
            #[$doc]
            #[derive(Clone, Copy, Debug)]
            pub(crate) struct $name;

            impl Allowed for $name {
                const ROLES: &'static [Role] = &[$(Role::$role),+];
            }
        )+
    };
}

allowed! {
    /// Anyone signed in.
    Anyone: Resident Collector Planner;
    /// Residents and, on their behalf, planners.
    Booker: Resident Planner;
    /// Collectors, each for the own vehicle, and planners.
    Crew: Collector Planner;
    /// Collectors only: what is weighed at the door is theirs to say.
    Collector: Collector;
    /// Planners only.
    Planner: Planner;
}

/// A signed-in caller whose role is among those of `R`. Query parameters of an operation that has none are refused here,
/// after the role was checked.
#[derive(Debug)]
pub(crate) struct Require<R> {
    actor: Actor,
    role: PhantomData<R>,
}

impl<R> Deref for Require<R> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

impl<R: Allowed + 'static> FromRequest for Require<R> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let credential = credential(request);
        let unknown = query::refuse_unknown(request);
        let state = request.app_data::<web::Data<AppState>>().cloned();
        Box::pin(async move {
            let state = state.ok_or(ApiError::Panicked)?;
            let token = credential?;
            let actor = sessions::who(&state.services, &token).await?.ok_or(ApiError::TokenRefused)?;
            if !R::ROLES.contains(&actor.role) {
                return Err(ApiError::Forbidden);
            }
            unknown?;
            Ok(Self { actor, role: PhantomData })
        })
    }
}

fn credential(request: &HttpRequest) -> Result<String, ApiError> {
    if let Some(value) = request.headers().get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(|value| value.split_once(' '));
        return match token {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim().to_owned()),
            _ => Err(ApiError::SignInNeeded),
        };
    }
    let cookie = request.cookie(COOKIE).ok_or(ApiError::SignInNeeded)?;
    same_site(request)?;
    Ok(cookie.value().to_owned())
}

/// Refuses changes that another site asks for. Browsers send `Sec-Fetch-Site`, older ones at least `Origin`.
pub(crate) fn same_site(request: &HttpRequest) -> Result<(), ApiError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let own = match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), _, _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, authority)| authority == host),
        (None, Some(_), None) => false,
        (None, None, _) => true,
    };
    if own { Ok(()) } else { Err(ApiError::CrossSite) }
}
