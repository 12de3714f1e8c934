// Package model holds what a run trains: the layers that the strategy's branches
// are made of, with the memory of their parameters, gradients and outputs, and how
// a batch goes through them, forward and back.
//
// It knows components only by the interfaces of core; whether they run in this
// process or in another is not seen here.
package model
