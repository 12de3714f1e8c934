// Package model holds what a run trains: the backbone and the heads, with the memory of
// their parameters, gradients and outputs, and how a batch goes through them, forward
// and backward.
//
// It knows components only by the interfaces of core, whether they run in this process or
// in another.
package model
