use crate::Result;
use crate::harness::{Contest, Figure, lowest};
use crate::work::{Ground, Peer, point};

/// We, and two of whom the better one counts.
pub(super) struct Sides<'b, O, A, B> {
    pub(super) ground: &'b Ground,
    pub(super) ours: &'b O,
    pub(super) theirs: (&'static str, &'b A),
    pub(super) others: (&'static str, &'b B),
}

impl<O: Peer, A: Peer, B: Peer> Sides<'_, O, A, B> {
    /// So many tasks read.
    pub(super) fn get(&self, name: &str, tasks: usize, goal: f64) -> Result<Figure> {
        let (against, peer) = self.theirs;
        let contest = Contest::new(name, against, goal);
        let theirs = point::get(self.ground, contest, tasks, self.ours, peer)?;
        let (against, peer) = self.others;
        let contest = Contest::new(name, against, goal);
        let others = point::get(self.ground, contest, tasks, self.ours, peer)?;
        better(name, &[theirs, others])
    }

    /// So many tasks write.
    pub(super) fn put(&self, name: &str, tasks: usize, goal: f64) -> Result<Figure> {
        let (against, peer) = self.theirs;
        let contest = Contest::new(name, against, goal);
        let theirs = point::put(self.ground, contest, tasks, self.ours, peer)?;
        let (against, peer) = self.others;
        let contest = Contest::new(name, against, goal);
        let others = point::put(self.ground, contest, tasks, self.ours, peer)?;
        better(name, &[theirs, others])
    }
}

fn better(name: &str, figures: &[Figure]) -> Result<Figure> {
    let lowest = lowest(name, figures).ok_or("no figure")?;
    let nanos = figures
        .iter()
        .find(|figure| figure.contest.against == lowest.contest.against)
        .and_then(|figure| figure.nanos);
    Ok(Figure { nanos, ..lowest })
}
