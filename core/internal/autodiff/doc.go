// Package autodiff differentiates a graph. It is the one package that knows Gorgonia.
//
// Gorgonia holds the graph as its expression graph and adds the gradients by reverse
// accumulation: which operators run backward, in which order, and which gradients are
// summed. It has no part in the operators themselves, in memory or in execution.
//
// No operator of Gorgonia's own is used either. Those that networks need are incomplete or
// wrong there: dropout (https://github.com/gorgonia/gorgonia/issues/387), for example, and
// the mean over an image, which has no gradient
// (https://github.com/gorgonia/gorgonia/pull/302).
//
// To Gorgonia an operator is a typed box that is differentiable or not. What it adds is
// read back as plain data, checked, and handed to package exec.
package autodiff
