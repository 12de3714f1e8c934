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

func (p inProcess) Backbone(name string, v core.Values) (core.Module, error) {
	c, err := p.find(core.KindBackbone, name)
	if err != nil {
		return nil, err
	}
	return c.Backbone(v)
}

func (p inProcess) Head(name string, v core.Values) (core.Module, error) {
	c, err := p.find(core.KindHead, name)
	if err != nil {
		return nil, err
	}
	return c.Head(v)
}

func (p inProcess) Loss(name string, v core.Values) (core.Loss, error) {
	c, err := p.find(core.KindLoss, name)
	if err != nil {
		return nil, err
	}
	return c.Loss(v)
}

func (p inProcess) Augmentation(name string, v core.Values) (core.Augmentation, error) {
	c, err := p.find(core.KindAugmentation, name)
	if err != nil {
		return nil, err
	}
	return c.Augmentation(v)
}

func (p inProcess) Strategy(name string, v core.Values) (core.Strategy, error) {
	c, err := p.find(core.KindStrategy, name)
	if err != nil {
		return nil, err
	}
	return c.Strategy(v)
}

func (inProcess) Map(int64, int64) (state, work model.Allocator, err error) {
	return heap{}, heap{}, nil
}

type heap struct{}

func (heap) Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error) {
	return tensor.New(d, shape...), nil
}
