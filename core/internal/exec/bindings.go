package exec

import "montage/core/tensor"

// Bindings are the tensors of one forward. Inputs and Params are in the order of their
// declaration. They are read in place and must not change until a Backward that follows
// has returned.
type Bindings struct {
	// Inputs has one tensor for each input. Their shapes give the symbols their values.
	Inputs []tensor.Tensor
	Params []tensor.Tensor
	// Revision names the values of the parameters and buffers that are declared Frozen.
	// What an earlier run of the same revision made of them is used again. 0 is unknown.
	Revision uint64
	// Outputs are written; zero tensors and missing ones are not wanted.
	Outputs []tensor.Tensor
	// Updates, by parameter, receive the new values of buffers; zero tensors and missing
	// ones are not wanted.
	Updates []tensor.Tensor
	// Keys are the random keys of the rows that a symbol counts. A graph with dropout
	// needs those of its rows when training. They are by symbol, and in the order of its
	// rows.
	Keys map[string][]uint64
}

// Gradients are the tensors of one backward.
type Gradients struct {
	// Outputs are the gradients of the loss by the outputs; a zero tensor stands for
	// zeros.
	Outputs []tensor.Tensor
	// Inputs and Params are written; zero tensors and missing ones are not wanted. What has
	// no gradient, such as a frozen parameter, gets zeros.
	Inputs []tensor.Tensor
	Params []tensor.Tensor
}
