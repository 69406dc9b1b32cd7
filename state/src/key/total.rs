/// An `f64` in the total order of IEEE 754, which is the order of its bytes.
#[derive(Debug, Clone, Copy)]
pub struct TotalF64(pub f64);
/// An `f32` in the total order of IEEE 754, which is the order of its bytes.
#[derive(Debug, Clone, Copy)]
pub struct TotalF32(pub f32);
