// Package kernel holds the numerical loops of the networks: matrix products,
// convolution, batch normalisation, pooling and a few row operations.
//
// Maps are NHWC, row-major float32, and every slice belongs to the caller.
// Slices longer than the shape asks for are accepted, shorter ones are a bug of
// the caller and panic. No size is special: odd sizes, one-pixel maps and batches
// of zero all work.
//
// Results do not depend on the number of threads. Work is divided among
// goroutines by what it writes, and a sum that is divided is cut into chunks that
// follow from the shape alone and are added in a fixed order.
//
// Matrix products and convolutions end in one loop over strips of rows and panels of
// columns (see block). On amd64 with AVX2 and FMA, or AVX-512, it is assembly made by
// internal/asmgen, as are the packing of operands, the transforms of Winograd's
// convolution, pooling and the row loops of batch normalisation; elsewhere all are plain
// Go. They round differently in the last bits.
//
// Conv2D has two faces. Forward, BackwardData and BackwardWeights are for training:
// weights as PyTorch lays them out, used once. Pack and Apply are for layers that do
// not learn: weights are packed once, with what follows the convolution folded in.
package kernel
