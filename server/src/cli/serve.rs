//! `huilu serve` and `huilu worker`: the processes of a deployment.

use std::net::{SocketAddr, TcpListener};
use std::time::Instant;

use clap::Args;

use super::CliError;
use super::demo::Demo;
use super::say::say;
use super::service::{DataArgs, block_on, database, log};
use super::solve::all_cores;
use super::travel::TravelArgs;
use crate::app::{Services, import};
use crate::db::operators;
use crate::http;
use crate::jobs::worker;
use crate::travel::MatrixSource;

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    travel: TravelArgs,
    /// Where to listen; port 0 takes any free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Seed the demo city into an empty database, keep it in the present and make its first plan
    #[arg(long)]
    demo: bool,
    /// Wall clock of the demo's first plan
    #[arg(long, default_value_t = 45, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    plan_seconds: u32,
}

#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    travel: TravelArgs,
}

pub(crate) fn serve(args: &ServeArgs) -> Result<(), CliError> {
    log("warn,huilu_server=info");
    let started = Instant::now();
    block_on(async {
        let services = args.data.open().await?.with_providers(args.travel.providers());
        let demo = if args.demo { Some(Demo::prepare(&services).await?) } else { None };
        let cities = operators::all(services.db.read()).await.map_err(database)?;
        if cities.is_empty() {
            eprintln!("no city is in this database yet: `huilu seed` or `huilu import osm` puts one there");
        }
        let listener = TcpListener::bind(args.listen).map_err(|cause| {
            CliError::Input(format!("--listen {}: {cause}; is another server running there?", args.listen))
        })?;
        let address = listener.local_addr().map_err(CliError::failed)?;
        for city in &cities {
            say!("city {}", city.key);
            // One city that is not whole keeps no other from being served.
            match import::tokens(&services, city).await {
                Ok(tokens) => tokens.iter().for_each(|(role, token)| say!("token {role}: {token}")),
                Err(error) => eprintln!("city {}: its tokens cannot be read or made: {error}", city.key),
            }
            let on_own_roads = services.providers.choice().vehicles == MatrixSource::Own;
            if on_own_roads && !city.roads.as_ref().is_some_and(|key| services.roads_file(key).exists()) {
                eprintln!(
                    "city {}: no prepared roads are here, so it cannot be planned; `huilu import osm` makes them",
                    city.key
                );
            }
        }
        say!("listening on http://{address}/ after {:.1} s", started.elapsed().as_secs_f64());

        let first = demo.map(|demo| {
            let (services, seconds) = (services.clone(), args.plan_seconds);
            tokio::spawn(async move {
                if let Err(error) = demo.first_plan(&services, seconds).await {
                    eprintln!("the first plan: {error}");
                }
                say!("open http://{address}/ and sign in with the planner's token");
            })
        });
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let serving = async {
            let served = http::serve(services.clone(), listener, all_cores()).await;
            // Ctrl-C has come: a job in hand goes back to the queue.
            let _ = stop.send(true);
            served
        };
        let solving = async {
            if args.data.embedded() {
                solve(services.clone(), stopped).await;
            }
        };
        let (served, ()) = tokio::join!(serving, solving);
        if let Some(first) = first {
            first.abort();
        }
        services.db.close().await;
        served.map_err(CliError::failed)
    })
}

/// Leases solve jobs until it is told to end. On SQLite `huilu serve` does this itself.
pub(crate) fn worker(args: &WorkerArgs) -> Result<(), CliError> {
    log("warn,huilu_server=info");
    if args.data.embedded() {
        return Err(CliError::input(
            "--database-url: a worker of its own needs PostgreSQL; on SQLite `huilu serve` does the solving",
        ));
    }
    block_on(async {
        let services = args.data.open().await?.with_providers(args.travel.providers());
        say!("working");
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let waiting = async {
            terminated().await;
            let _ = stop.send(true);
        };
        tokio::join!(solve(services.clone(), stopped), waiting);
        services.db.close().await;
        Ok(())
    })
}

async fn solve(services: Services, mut stopped: tokio::sync::watch::Receiver<bool>) {
    let binary = match std::env::current_exe() {
        Ok(binary) => binary,
        Err(cause) => {
            tracing::error!(%cause, "this program cannot find itself, so nothing can be solved");
            return;
        }
    };
    let shutdown = async move {
        let _ = stopped.wait_for(|&stop| stop).await;
    };
    worker::run(services, binary, worker::Options::default(), shutdown).await;
}

async fn terminated() {
    let mut term = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(term) => term,
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}
