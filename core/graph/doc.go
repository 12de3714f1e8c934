// Package graph is what a layer or a loss is written with: one function that
// builds an expression from inputs and parameters. From it come the parameters'
// list, the shapes, the forward pass and the gradients; nobody writes a backward
// pass by hand.
//
// The author calls operators ([Linear], [ReLU], [Conv2D] …) on nodes. Every
// operator checks its shapes at once; the first error is kept by the [Builder],
// later calls do nothing, and the component's Plan returns it. So building
// functions have no error handling, only b.Fail for what they find wrong themselves.
//
// # Shapes
//
// A dimension is a constant or a symbol: N frames, B samples, R rows of a loss.
// A graph is compiled once for the greatest value of each symbol and runs
// with every smaller one, 0 included. Images are [N,H,W,C]; weights keep
// torchvision's layouts ([out,in] and [out,in,h,w]).
//
// # What happens underneath
//
// Gorgonia holds the expression graph and differentiates it symbolically; the
// operators in it are ours, and so is the executor, which runs them in the
// order in which they were made, what no wanted gradient depends on first. Memory
// is planned: a buffer is reused as soon as no later operator, forward or backward,
// reads it. Inputs, parameters and gradients are read and written in place, in the
// caller's memory.
//
// What no wanted gradient depends on, such as the frozen stages of a backbone, or
// all of a graph in use, is made fast without the author's doing. A convolution
// takes up the bias, normalisation, sum and ReLU that follow it, its weights made
// ready once for as long as Run.Revision stays. Operators that treat every frame by
// itself become a chain: each thread takes a few frames at a time through all of it,
// in memory that stays in the processor's cache. What depends on a wanted gradient
// may run in pieces of some frames, as Spec.Micro says.
//
// None of this changes a bit of the results with the number of threads, the frames
// beside a frame, or whether a forward is repeated.
//
// # Words
//
// A step is one run of an operator, forward or backward. A value is what a
// step writes or the caller hands in. Wanted gradients are those of trainable
// parameters and of the inputs that a call asks for; whatever cannot reach one is neither
// kept nor differentiated.
package graph
