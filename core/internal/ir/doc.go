// Package ir is the intermediate representation of a graph: dimensions, operators,
// nodes and what is declared of them, as plain data.
//
// Package graph builds it from an author's function, package autodiff differentiates
// it, and package exec compiles and runs it. None of the three needs another: what
// they share is here, and it depends on tensors alone.
//
// A graph checks itself while it is built. The first error is kept, later calls do
// nothing, and Build returns it.
package ir
