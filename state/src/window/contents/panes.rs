use std::collections::BTreeMap;

use bytes::Bytes;

use super::super::bytes::{Reader, begin, put_bytes, put_i64, put_option, put_u64};
use super::super::emission::Timing;
use super::super::rules::Updates;
use super::super::span::Window;
use super::{Coder, Told, Turn};
use crate::error::Result;
use crate::primitive::Aggregate;
use crate::value::StateValue;

/// The inputs of a span of time, aggregated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pane<S> {
    pub(in crate::window) window: Window,
    pub(in crate::window) state: S,
    /// How many they are.
    pub(in crate::window) inputs: u64,
    pub(in crate::window) told: Told,
}

/// The panes of one entry, and when something is to be done about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents<S> {
    /// By window.
    pub(in crate::window) panes: Vec<Pane<S>>,
    /// When the event-time timer of the entry is set: never after something is due.
    pub(in crate::window) timer: Option<i64>,
    /// When its processing-time timer is set.
    pub(in crate::window) alarm: Option<i64>,
    /// Up to when windows that are made of several panes have told their close.
    pub(in crate::window) closed_to: i64,
    /// What windows that are made of several panes have told.
    pub(in crate::window) told: BTreeMap<Window, Told>,
}

impl<S> Default for Contents<S> {
    fn default() -> Self {
        Self {
            panes: Vec::new(),
            timer: None,
            alarm: None,
            closed_to: i64::MIN,
            told: BTreeMap::new(),
        }
    }
}

impl<S: StateValue> Contents<S> {
    pub(in crate::window) fn encode(&self, coder: &impl Coder) -> Result<Bytes> {
        let mut out = begin();
        put_option(&mut out, self.timer, put_i64);
        put_option(&mut out, self.alarm, put_i64);
        put_i64(&mut out, self.closed_to);
        put_u64(&mut out, self.panes.len() as u64);
        for pane in &self.panes {
            put_window(&mut out, pane.window);
            put_u64(&mut out, pane.inputs);
            pane.told.encode(&mut out);
            put_bytes(&mut out, &coder.encode(&pane.state)?);
        }
        put_u64(&mut out, self.told.len() as u64);
        for (window, told) in &self.told {
            put_window(&mut out, *window);
            told.encode(&mut out);
        }
        Ok(out.into())
    }

    pub(in crate::window) fn decode(bytes: &Bytes, coder: &impl Coder) -> Result<Self> {
        let mut reader = Reader::begin("pane of windows", bytes)?;
        let contents = Self {
            timer: reader.option(Reader::i64)?,
            alarm: reader.option(Reader::i64)?,
            closed_to: reader.i64()?,
            panes: reader.many(|reader| {
                Ok(Pane {
                    window: read_window(reader)?,
                    inputs: reader.u64()?,
                    told: Told::decode(reader)?,
                    state: coder.decode(&reader.bytes()?)?,
                })
            })?,
            told: reader
                .many(|reader| Ok((read_window(reader)?, Told::decode(reader)?)))?
                .into_iter()
                .collect(),
        };
        reader.end()?;
        Ok(contents)
    }
}

fn put_window(out: &mut Vec<u8>, window: Window) {
    put_i64(out, window.start);
    put_i64(out, window.end);
}

fn read_window(reader: &mut Reader) -> Result<Window> {
    let window = Window::new(reader.i64()?, reader.i64()?);
    if window.start < window.end {
        return Ok(window);
    }
    Err(reader.corrupt())
}

impl<S> Pane<S> {
    pub(in crate::window) const fn new(window: Window, state: S) -> Self {
        Self {
            window,
            state,
            inputs: 0,
            told: Told {
                times: 0,
                closed: false,
                changed: false,
                last: None,
            },
        }
    }

    /// Adds an input, and tells what the rules say.
    pub(in crate::window) fn add<A>(
        &mut self,
        input: &A::Input,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<()>
    where
        A: Aggregate<Accumulator = S, Output: StateValue>,
    {
        A::add(&mut self.state, input);
        self.inputs += 1;
        self.told.changed = true;
        if self.told.closed {
            return self.tell::<A>(Timing::Late, turn);
        }
        match turn.rules.each {
            Some(each) if self.inputs.is_multiple_of(each.get()) => {
                self.tell::<A>(Timing::Early, turn)
            }
            _ => Ok(()),
        }
    }

    pub(in crate::window) fn tell<A>(
        &mut self,
        timing: Timing,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<()>
    where
        A: Aggregate<Accumulator = S, Output: StateValue>,
    {
        let output = A::output(&self.state);
        self.told.tell(self.window, timing, &output, turn)?;
        if turn.rules.updates == Updates::Discard {
            self.state = A::empty();
        }
        Ok(())
    }
}

impl<S> Contents<S> {
    /// Tells the results of windows that close up to `at`, each of one pane, and forgets those that take nothing any more.
    pub(in crate::window) fn close<A>(
        &mut self,
        at: i64,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<()>
    where
        A: Aggregate<Accumulator = S, Output: StateValue>,
    {
        let closing = |pane: &&mut Pane<S>| !pane.told.closed && pane.window.is_over(at, 0);
        for pane in self.panes.iter_mut().filter(closing) {
            pane.tell::<A>(Timing::OnTime, turn)?;
            pane.told.closed = true;
        }
        let lateness = turn.rules.lateness;
        self.panes.retain(|pane| !pane.window.is_over(at, lateness));
        Ok(())
    }

    /// Tells the results of open windows, each of one pane, that have changed since they told one.
    pub(in crate::window) fn tell_early<A>(&mut self, turn: &mut Turn<'_, impl Coder>) -> Result<()>
    where
        A: Aggregate<Accumulator = S, Output: StateValue>,
    {
        let changed = |pane: &&mut Pane<S>| pane.told.changed && !pane.told.closed;
        for pane in self.panes.iter_mut().filter(changed) {
            pane.tell::<A>(Timing::Early, turn)?;
        }
        Ok(())
    }

    /// Whether an open window has changed since it told a result.
    pub(in crate::window) fn has_news(&self) -> bool {
        let panes = self.panes.iter().map(|pane| &pane.told);
        let mut told = panes.chain(self.told.values());
        told.any(|told| told.changed && !told.closed)
    }

    /// When the next of its windows, each of one pane, closes or is forgotten.
    pub(in crate::window) fn next_end(&self, lateness: i64) -> Option<i64> {
        let bounded = self.panes.iter().filter(|pane| pane.window.end != i64::MAX);
        let ends = bounded.map(|pane| {
            let last = pane.window.end - 1;
            if pane.told.closed {
                last + lateness
            } else {
                last
            }
        });
        ends.min()
    }
}
