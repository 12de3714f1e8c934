package main

import (
	"fmt"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/model"
)

// inProcess makes the bundled components without processes, in plain memory: what
// a run over the wire must equal, bit for bit.
type inProcess struct{}

func (inProcess) find(kind core.Kind, name string) (core.Component, error) {
	for _, b := range bundled() {
		for _, c := range b.Components {
			if c.Kind() == kind && c.Name == name {
				return c, nil
			}
		}
	}
	return core.Component{}, fmt.Errorf("unknown %s %q", kind, name)
}

func (p inProcess) Lookup(kind core.Kind, name string) (core.Description, error) {
	c, err := p.find(kind, name)
	return c.Description(), err
}

func (p inProcess) New(kind core.Kind, name string, v core.Values) (any, error) {
	c, err := p.find(kind, name)
	if err != nil {
		return nil, err
	}
	return c.New(v)
}

func (inProcess) Map(int64, int64) (state, work model.Allocator, err error) {
	return heap{}, heap{}, nil
}

type heap struct{}

func (heap) Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error) {
	return tensor.New(d, shape...), nil
}
