//! The server around the handlers: limits against slow clients, and an end that lets requests finish.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, Error, HttpServer, web};
use utoipa_actix_web::AppExt;

use super::guard::guard;
use super::{AppState, configure, sse, system};
use crate::app::Services;

/// Headers that have not arrived by then never will.
const HEADERS_DEADLINE: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// Requests that still run when the process is told to end get so long.
const DRAIN_S: u64 = 8;

/// All handlers with what surrounds them.
pub fn app(
    state: web::Data<AppState>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .into_utoipa_app()
        .configure(configure)
        .into_app()
        .app_data(state)
        .default_service(web::to(system::otherwise))
        .wrap(Compress::default())
        .wrap(from_fn(guard))
}

/// Serves until SIGTERM or Ctrl-C, then lets running requests finish.
///
/// # Errors
/// Where the listener cannot be used.
pub async fn serve(services: Services, listener: TcpListener, workers: usize) -> io::Result<()> {
    serve_until(services, listener, workers, asked_to_end()).await
}

/// Serves until `stop` is ready, then lets running requests finish.
///
/// # Errors
/// Where the listener cannot be used.
pub(crate) async fn serve_until(
    services: Services,
    listener: TcpListener,
    workers: usize,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let state = web::Data::new(AppState { services });
    let server = HttpServer::new(move || app(state.clone()))
        .workers(workers.max(1))
        .client_request_timeout(HEADERS_DEADLINE)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(DRAIN_S)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    let stopper = tokio::spawn(async move {
        stop.await;
        sse::end_all();
        handle.stop(true).await;
    });
    let ended = server.await;
    stopper.abort();
    ended
}

/// Waits for SIGTERM or Ctrl-C.
async fn asked_to_end() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
