package optim

// fused returns a*b + c rounded once, as the fused instruction does that PyTorch uses here.
// The product of two float32 is exact in float64, so the result is the same on every
// processor, whether or not the compiler fuses this. (The sum is rounded to float64 first;
// that changes the result in one case of 2^29.)
//
// All other sums in this package have no product as a term, or have it converted,
// so that the compiler cannot fuse what PyTorch does not.
func fused(a, b, c float32) float32 { return float32(float64(a)*float64(b) + float64(c)) }
