package registry

import (
	"context"

	"montage/core"
	"montage/core/wire"
)

// Backbone makes a backbone. The options were checked against its description.
func (s *Session) Backbone(name string, options core.Values) (core.Layer, error) {
	return proxyOf(s, core.KindBackbone, name, options, func(i *instance) core.Layer { return layer{i} })
}

// Head makes a head.
func (s *Session) Head(name string, options core.Values) (core.Layer, error) {
	return proxyOf(s, core.KindHead, name, options, func(i *instance) core.Layer { return layer{i} })
}

// Loss makes a loss.
func (s *Session) Loss(name string, options core.Values) (core.Objective, error) {
	return proxyOf(s, core.KindLoss, name, options, func(i *instance) core.Objective { return objective{i} })
}

// Augmentation makes an augmentation.
func (s *Session) Augmentation(name string, options core.Values) (core.Augmenter, error) {
	return proxyOf(s, core.KindAugmentation, name, options, func(i *instance) core.Augmenter { return augmenter{i} })
}

// Strategy makes a strategy. It always is a core.Transformer and a core.Targeter,
// too, which give core.ErrUnsupported where the plugin's is not.
func (s *Session) Strategy(name string, options core.Values) (core.Strategist, error) {
	return proxyOf(s, core.KindStrategy, name, options, func(i *instance) core.Strategist { return strategist{i} })
}

func proxyOf[T any](s *Session, kind core.Kind, name string, options core.Values, wrap func(*instance) T) (T, error) {
	i, err := s.instance(kind, name, options)
	if err != nil {
		var none T
		return none, err
	}
	return wrap(i), nil
}

// layer is a core.Layer in a plugin.
type layer struct{ i *instance }

func (l layer) Plan(in core.LayerInput) (core.LayerPlan, error) {
	return plan[core.LayerInput, core.LayerPlan](l.i, in)
}

func (l layer) Forward(ctx context.Context, c core.LayerForward) error {
	return l.i.worker.compute(ctx, func(ctx context.Context, p *wire.Process) error { return p.Forward(ctx, l.i.Instance, c) })
}

func (l layer) Backward(ctx context.Context, c core.LayerBackward) error {
	return l.i.worker.compute(ctx, func(ctx context.Context, p *wire.Process) error { return p.Backward(ctx, l.i.Instance, c) })
}

// objective is a core.Objective in a plugin.
type objective struct{ i *instance }

func (o objective) Plan(in core.LossInput) (core.LossPlan, error) {
	return plan[core.LossInput, core.LossPlan](o.i, in)
}

func (o objective) Evaluate(ctx context.Context, c core.LossCall) (value float64, err error) {
	err = o.i.worker.compute(ctx, func(ctx context.Context, p *wire.Process) (err error) {
		value, err = p.Evaluate(ctx, o.i.Instance, c)
		return err
	})
	return value, err
}

// augmenter is a core.Augmenter in a plugin.
type augmenter struct{ i *instance }

func (a augmenter) Plan(in core.AugmentInput) (core.AugmentPlan, error) {
	return plan[core.AugmentInput, core.AugmentPlan](a.i, in)
}

func (a augmenter) Apply(ctx context.Context, c core.AugmentCall) error {
	return a.i.worker.compute(ctx, func(ctx context.Context, p *wire.Process) error { return p.Augment(ctx, a.i.Instance, c) })
}

// strategist is a core.Strategist in a plugin.
type strategist struct{ i *instance }

func (s strategist) Program(in core.StrategyInput) (core.Program, error) {
	return plan[core.StrategyInput, core.Program](s.i, in)
}

func (s strategist) Transform(ctx context.Context, c core.TransformCall) error {
	return s.i.worker.compute(ctx, func(ctx context.Context, p *wire.Process) error { return p.Transform(ctx, s.i.Instance, c) })
}

func (s strategist) ComputeTargets(ctx context.Context, c core.TargetCall) error {
	return s.i.worker.compute(ctx, func(ctx context.Context, p *wire.Process) error { return p.ComputeTargets(ctx, s.i.Instance, c) })
}
