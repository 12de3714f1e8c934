// Package graph holds the operators that layers and losses are written with.
//
// A component is one function that applies operators ([Linear], [ReLU], [Conv2D] …) to
// nodes. Its parameters, shapes, forward pass and gradients follow from that function:
// authors write no backward pass. Package sdk makes a component of it.
//
// Every operator checks its shapes at once. The [Builder] keeps the first error, later
// calls do nothing, and the component's Plan returns the error. So these functions need no
// error handling. For errors of their own they call b.Fail.
//
// # Shapes
//
// A dimension is a constant or a symbol: N frames, B samples, R rows of a loss. A graph is
// compiled once for the greatest value of each symbol and runs with every smaller one, 0
// included. Images are [N,H,W,C]. Weights keep torchvision's layouts, [out,in] and
// [out,in,h,w]. All numbers are float32 where nothing else is said.
//
// # Gradients
//
// Gorgonia holds the expression graph and differentiates it by reverse accumulation. It has
// no part in the operators, in memory or in execution: those are this project's own.
//
// A gradient is computed where a trainable parameter or an input needs it, and nothing is
// kept for others. Layers that are frozen cost no backward pass. They run faster than those
// that train: see package core/internal/exec for what it does with them.
//
// Results do not depend on the number of threads, on the other frames of a batch, or on
// whether a forward is repeated. They are the same to the bit.
//
// # Own operators
//
// [Apply] takes an operator ([Op]) with a forward and a backward of the author's own.
// Package gradtest compares its gradients with finite differences.
package graph
