// Package exec compiles and runs graphs.
//
// A [Spec] becomes a [Description] without taking memory ([Plan]), or an [Executable] that
// runs forward and backward ([Compile]). Operators run in the order in which the author
// applied them, those that no wanted gradient depends on first. Gorgonia's own machines are
// not used: they add to gradients from run to run, change values in place that are read
// later, and hold memory that the caller cannot place.
// See https://github.com/gorgonia/gorgonia/issues/543 and
// https://github.com/gorgonia/gorgonia/issues/560.
//
// # Memory
//
// Memory is planned when a graph is compiled: a buffer is used again as soon as no later
// step, forward or backward, reads it. Inputs, parameters and gradients are read and
// written in place, in the caller's memory.
//
// # Frozen operators
//
// What no wanted gradient depends on, such as the frozen stages of a backbone or all of a
// graph in use, is made faster in two ways. A convolution takes up the bias, normalisation,
// sum and ReLU that follow it. Its weights are packed once for as long as Bindings.Revision
// stays. And operators that treat every frame by itself become a chain: each thread takes a
// few frames at a time through all of it, in memory that stays in the processor's cache.
//
// What depends on a wanted gradient may run in pieces of some frames, as Spec.Micro says.
//
// None of this changes a bit of the results with the number of threads, the frames beside
// a frame, or whether a forward is repeated. Fusion alone rounds differently than the same
// operators one by one.
//
// # Words
//
// A step is one run of an operator, forward or backward. A value is what a step writes or
// the caller hands in. Wanted gradients are those of trainable parameters and of
// Spec.InputGradients.
package exec
