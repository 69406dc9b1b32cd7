use std::path::Path;
use std::time::{Duration, Instant};

use typed_state::checkpoint::target::Objects;
use typed_state::checkpoint::{CheckpointId, Checkpoints};

use super::GOAL;
use super::engine::Engine;
use crate::Result;
use crate::data::KEYS;
use crate::harness::{Budget, Contest, Figure, Side};
use crate::work::Ground;

/// Few rounds, each of all entries once.
pub(super) fn rounds(budget: &Budget) -> Budget {
    let rounds = if *budget == Budget::QUICK { 7 } else { 21 };
    Budget { rounds, ..*budget }
}

/// Out, out again where nothing has changed, and in.
pub(super) fn figures<E: Engine>(
    ground: &Ground,
    engine: &mut E,
    directory: &Path,
) -> Result<Vec<Figure>> {
    let mut bench = Bench {
        ground,
        engine,
        directory,
    };
    let name = |what: &str| format!("checkpoints/{what}-{}", E::NAME);
    Ok(vec![
        bench.out(Contest::new(name("out"), E::OUT, GOAL))?,
        bench.again(Contest::new(name("out-again"), E::OUT, None))?,
        bench.load(Contest::new(name("in"), E::IN, GOAL))?,
    ])
}

struct Bench<'b, E> {
    ground: &'b Ground,
    engine: &'b mut E,
    directory: &'b Path,
}

impl<E: Engine> Bench<'_, E> {
    /// Into a directory where there is nothing.
    fn out(&mut self, contest: Contest) -> Result<Figure> {
        let target = self.directory.join("checkpoints");
        self.written(contest, &|bench| {
            let checkpoints = Checkpoints::new(Objects::local(&target)?);
            let (took, _) = bench.create(&checkpoints)?;
            std::fs::remove_dir_all(&target)?;
            Ok(took)
        })
    }

    /// Into one where all of it is.
    fn again(&mut self, contest: Contest) -> Result<Figure> {
        let checkpoints = Checkpoints::new(Objects::local(self.directory.join("again"))?);
        self.create(&checkpoints)?;
        self.written(contest, &|bench| Ok(bench.create(&checkpoints)?.0))
    }

    fn create(&self, checkpoints: &Checkpoints<Objects>) -> Result<(Duration, CheckpointId)> {
        let start = Instant::now();
        let create = checkpoints.create(self.engine.full());
        let manifest = self.ground.workers.block_on(async { create.await })?;
        let took = start.elapsed();
        super::engine::whole(usize::try_from(manifest.entries)?)?;
        Ok((took, manifest.id))
    }

    fn written(
        &mut self,
        contest: Contest,
        ours: &dyn Fn(&mut Self) -> Result<Duration>,
    ) -> Result<Figure> {
        let file = self.directory.join("dump");
        self.hold(contest, ours, &|bench| {
            let start = Instant::now();
            bench.ground.workers.block_on(bench.engine.dump(&file))?;
            let took = start.elapsed();
            std::fs::remove_file(&file)?;
            Ok(took)
        })
    }

    fn load(&mut self, contest: Contest) -> Result<Figure> {
        let checkpoints = Checkpoints::new(Objects::local(self.directory.join("in"))?);
        let (_, id) = self.create(&checkpoints)?;
        let file = self.directory.join("dump");
        let workers = &self.ground.workers;
        workers.block_on(self.engine.dump(&file))?;
        self.hold(
            contest,
            &|bench| {
                let store = workers.block_on(bench.engine.empty())?;
                let start = Instant::now();
                let restore = checkpoints.restore(&store, &id);
                let restored = workers.block_on(async { restore.await })?;
                let took = start.elapsed();
                super::engine::whole(usize::try_from(restored.entries)?)?;
                Ok(took)
            },
            &|bench| {
                workers.block_on(bench.engine.clear())?;
                let start = Instant::now();
                workers.block_on(bench.engine.load(&file))?;
                Ok(start.elapsed())
            },
        )
    }

    fn hold(
        &mut self,
        contest: Contest,
        ours: &dyn Fn(&mut Self) -> Result<Duration>,
        theirs: &dyn Fn(&mut Self) -> Result<Duration>,
    ) -> Result<Figure> {
        let contest = contest.in_batches_of(KEYS as u64);
        let budget = self.ground.budget;
        // Once to warm up.
        ours(self)?;
        theirs(self)?;
        let bench = std::cell::RefCell::new(self);
        let mut ours = |_| ours(*bench.borrow_mut());
        let mut theirs = |_| theirs(*bench.borrow_mut());
        let (ours, theirs): (Side<'_>, Side<'_>) = (&mut ours, &mut theirs);
        contest.hold_at(1, &budget, ours, theirs)
    }
}
