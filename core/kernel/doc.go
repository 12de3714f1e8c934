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
// Matrix products and convolutions end in one loop over packed operands (see
// product). On amd64 with AVX2 and FMA its innermost part, and the row loops of
// batch normalisation, are assembly made by internal/asmgen; elsewhere they are
// plain Go. The two round differently in the last bits.
package kernel
