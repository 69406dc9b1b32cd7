use super::Layer;
use crate::backend::Backend;

/// No layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoLayer;

impl<B: Backend> Layer<B> for NoLayer {
    type Backend = B;

    fn over(self, inner: B) -> B {
        inner
    }
}

/// Layers in the order in which they belong, the outermost first; one that is left out costs nothing.
///
/// What is traced and measured is what the caller gets; the time limit covers everything below it; what the cache has is asked
/// of nobody, and what the upper tier has not of the store; what travels together is tried again together; and every attempt asks the circuit.
#[derive(Debug, Clone, Default)]
pub struct Stack<
    Tr = NoLayer,
    Me = NoLayer,
    Ti = NoLayer,
    Ca = NoLayer,
    Up = NoLayer,
    Ba = NoLayer,
    Re = NoLayer,
    Ci = NoLayer,
> {
    pub(crate) trace: Tr,
    pub(crate) metrics: Me,
    pub(crate) timeout: Ti,
    pub(crate) cache: Ca,
    pub(crate) tier: Up,
    pub(crate) batch: Ba,
    pub(crate) retry: Re,
    pub(crate) circuit: Ci,
}

impl<B, Tr, Me, Ti, Ca, Up, Ba, Re, Ci> Layer<B> for Stack<Tr, Me, Ti, Ca, Up, Ba, Re, Ci>
where
    Ci: Layer<B>,
    Re: Layer<Ci::Backend>,
    Ba: Layer<Re::Backend>,
    Up: Layer<Ba::Backend>,
    Ca: Layer<Up::Backend>,
    Ti: Layer<Ca::Backend>,
    Me: Layer<Ti::Backend>,
    Tr: Layer<Me::Backend>,
{
    type Backend = Tr::Backend;

    fn over(self, inner: B) -> Self::Backend {
        let inner = self.retry.over(self.circuit.over(inner));
        let inner = self.tier.over(self.batch.over(inner));
        let inner = self.cache.over(inner);
        let inner = self.metrics.over(self.timeout.over(inner));
        self.trace.over(inner)
    }
}
