//! When keepers begin: one task of each runtime has them begin when they are due, so that a grant that ends before needs none.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// Who is called when its time has come.
pub(super) trait Keeps: Send + Sync {
    fn begin(self: Arc<Self>, runtime: &Handle);
}

/// Those of all runtimes on which something is held. Nothing but map and list is touched while it is locked.
static ALARMS: Mutex<Vec<Alarm>> = Mutex::new(Vec::new());

struct Alarm {
    runtime: Id,
    /// By when they are due, and a number of their own.
    due: BTreeMap<(Instant, u64), Weak<dyn Keeps>>,
    last: u64,
    /// When its task looks next, and how it is told to look sooner.
    looks: Instant,
    sooner: Arc<Notify>,
}

/// That somebody is to be called, unless this is dropped before.
#[derive(Debug)]
pub(super) struct Call {
    runtime: Id,
    place: (Instant, u64),
}

impl Call {
    pub(super) fn at(due: Instant, whom: Weak<dyn Keeps>, runtime: &Handle) -> Self {
        let id = runtime.id();
        let mut alarms = alarms();
        if let Some(alarm) = alarms.iter_mut().find(|alarm| alarm.runtime == id) {
            return alarm.call(due, whom);
        }
        let mut alarm = Alarm {
            runtime: id,
            due: BTreeMap::new(),
            last: 0,
            looks: due,
            sooner: Arc::default(),
        };
        let (call, ringing) = (alarm.call(due, whom), Ringing(Arc::clone(&alarm.sooner)));
        alarms.push(alarm);
        drop(alarms);
        // A runtime that has ended drops it at once.
        runtime.spawn(ringing.ring());
        call
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut alarms = alarms();
        if let Some(alarm) = alarms.iter_mut().find(|a| a.runtime == self.runtime) {
            alarm.due.remove(&self.place);
        }
    }
}

impl Alarm {
    fn call(&mut self, due: Instant, whom: Weak<dyn Keeps>) -> Call {
        self.last += 1;
        let place = (due, self.last);
        self.due.insert(place, whom);
        if due < self.looks {
            self.looks = due;
            self.sooner.notify_one();
        }
        Call {
            runtime: self.runtime,
            place,
        }
    }

    /// Those whose time has come.
    fn take(&mut self, now: Instant) -> Vec<Weak<dyn Keeps>> {
        let mut taken = Vec::new();
        while let Some(first) = self.due.first_entry()
            && first.key().0 <= now
        {
            taken.push(first.remove());
        }
        taken
    }
}

/// The task of an alarm, which goes with it.
struct Ringing(Arc<Notify>);

impl Ringing {
    async fn ring(self) {
        loop {
            let (called, next) = self.look();
            let runtime = Handle::current();
            for keeper in called.iter().filter_map(Weak::upgrade) {
                keeper.begin(&runtime);
            }
            let Some(next) = next else { return };
            // Whether it is told or time, it looks.
            let _told = timeout_at(next, self.0.notified()).await;
        }
    }

    /// Whom to call now, and when to look again. Where nobody is left the alarm is no more, and the next call makes another.
    fn look(&self) -> (Vec<Weak<dyn Keeps>>, Option<Instant>) {
        let mut alarms = alarms();
        let Some(alarm) = alarms.iter_mut().find(|alarm| self.is_of(alarm)) else {
            return (Vec::new(), None);
        };
        let called = alarm.take(Instant::now());
        let next = alarm.due.keys().next().map(|(due, _)| *due);
        match next {
            Some(next) => alarm.looks = next,
            None => alarms.retain(|alarm| !self.is_of(alarm)),
        }
        (called, next)
    }

    fn is_of(&self, alarm: &Alarm) -> bool {
        Arc::ptr_eq(&alarm.sooner, &self.0)
    }
}

impl Drop for Ringing {
    /// At the end of the runtime.
    fn drop(&mut self) {
        alarms().retain(|alarm| !self.is_of(alarm));
    }
}

fn alarms() -> MutexGuard<'static, Vec<Alarm>> {
    ALARMS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use tokio::runtime::Builder;
    use tokio::time::sleep;

    use super::*;

    /// Notes when it was called.
    #[derive(Default)]
    struct Noted(Mutex<Vec<Instant>>);

    impl Keeps for Noted {
        fn begin(self: Arc<Self>, _: &Handle) {
            self.0.lock().unwrap().push(Instant::now());
        }
    }

    impl Noted {
        fn at(self: &Arc<Self>, due: Instant) -> Call {
            let whom: Weak<Self> = Arc::downgrade(self);
            Call::at(due, whom, &Handle::current())
        }

        fn called(&self) -> Vec<Instant> {
            self.0.lock().unwrap().clone()
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn each_is_called_once_when_it_is_due_unless_it_was_cancelled() {
        let (begun, noted) = (Instant::now(), Arc::<Noted>::default());
        let _late = noted.at(begun + seconds(9));
        sleep(seconds(1)).await;
        let _sooner = noted.at(begun + seconds(3));
        let _at_once = noted.at(begun);
        let cancelled = noted.at(begun + seconds(4));
        sleep(seconds(1)).await;
        drop(cancelled);
        sleep(seconds(100)).await;
        let after: Vec<_> = noted.called().iter().map(|at| *at - begun).collect();
        assert_eq!(after.len(), 3, "{after:?}");
        for (after, due) in after.iter().zip([1, 3, 9].map(seconds)) {
            assert!(
                (due..due + seconds(1) / 100).contains(after),
                "{after:?}, due after {due:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_task_does_for_all_and_ends_after_the_last() {
        let (begun, noted) = (Instant::now(), Arc::<Noted>::default());
        let tasks = Handle::current().metrics();
        for turn in 0..100 {
            let calls: Vec<_> = (0..10).map(|_| noted.at(begun + seconds(9))).collect();
            assert_eq!(tasks.num_alive_tasks(), 1, "turn {turn}");
            drop(calls);
            tokio::task::yield_now().await;
        }
        sleep(seconds(10)).await;
        assert_eq!((tasks.num_alive_tasks(), noted.called().len()), (0, 0));
        let _next = noted.at(begun);
        sleep(seconds(1)).await;
        assert_eq!(noted.called().len(), 1);
    }

    #[test]
    fn it_goes_with_its_runtime() {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (handle, noted) = (runtime.handle().clone(), Arc::<Noted>::default());
        let rings = || alarms().iter().any(|alarm| alarm.runtime == handle.id());
        let call = {
            let _entered = runtime.enter();
            noted.at(Instant::now() + seconds(9))
        };
        assert!(rings());
        drop(runtime);
        assert!(!rings());
        drop(call);
        let whom: Weak<Noted> = Arc::downgrade(&noted);
        let _nobody_calls = Call::at(Instant::now(), whom, &handle);
        assert!(!rings());
        assert!(noted.called().is_empty());
    }
}
