use typed_state::Store;
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state::layer::{BatchLayer, Layer as _};
use typed_state_tests::servers::PostgresOptions;

use crate::groups::postgres::peers::{CONNECTIONS, POOLED, Pooled};
use crate::harness::{Budget, Contest, Figure};
use crate::work::{Ground, Ours, cas, many, point};
use crate::workers::Workers;
use crate::{Error, Result};

pub(super) fn figures(budget: Budget) -> Result<Vec<Figure>> {
    let workers = Workers::start()?;
    // What a server has by default; those of the tests have less.
    let options = PostgresOptions::default().setting("shared_buffers", "128MB");
    let server = workers.block_on(options.start())?;
    let url = server.url()?;
    let (ours, theirs) = workers.block_on(async {
        let config = PostgresConfig::url(&url).pool_max(CONNECTIONS).build()?;
        let ours = Postgres::open(&config).await?;
        Ok::<_, Error>((
            Ours(Store::new(BatchLayer::new().over(ours))),
            Pooled::connect(&url).await?,
        ))
    })?;
    let ground = Ground::new(budget, workers);
    many::fill(&ground, &ours)?;
    many::fill(&ground, &theirs)?;
    ground.workers.block_on(theirs.tidy())?;
    let contest = |name, goal| Contest::new(name, POOLED, goal);
    let mut figures = Vec::new();
    for (name, tasks, goal) in [
        ("batch/postgres-get-64", 64, 8.0),
        ("batch/postgres-get-1024", 1_024, 12.0),
    ] {
        figures.push(point::get(
            &ground,
            contest(name, goal),
            tasks,
            &ours,
            &theirs,
        )?);
    }
    let revised = Contest::new(
        "batch/postgres-cas-64",
        "sqlx, UPDATE … WHERE revision = $2",
        4.0,
    );
    figures.push(cas::replace(&ground, revised, 64, &ours, &theirs)?);
    for (name, tasks, goal) in [
        ("batch/postgres-put-64", 64, 5.0),
        ("batch/postgres-put-1024", 1_024, 8.0),
    ] {
        figures.push(point::put(
            &ground,
            contest(name, goal),
            tasks,
            &ours,
            &theirs,
        )?);
    }
    Ok(figures)
}
