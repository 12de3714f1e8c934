package registry

import (
	"context"

	"montage/core"
	"montage/registry/internal/host"
)

// New makes a component of any kind.
func (s *Session) New(kind core.Kind, name string, options core.Values) (any, error) {
	switch kind {
	case core.KindBackbone:
		return s.Backbone(name, options)
	case core.KindHead:
		return s.Head(name, options)
	case core.KindLoss:
		return s.Loss(name, options)
	case core.KindAugmentation:
		return s.Augmentation(name, options)
	}
	return s.Strategy(name, options)
}

// Backbone makes a backbone. The options were checked against its description.
func (s *Session) Backbone(name string, options core.Values) (core.Module, error) {
	return remote(s, core.KindBackbone, name, options, func(i *remoteInstance) core.Module { return remoteModule{i} })
}

// Head makes a head.
func (s *Session) Head(name string, options core.Values) (core.Module, error) {
	return remote(s, core.KindHead, name, options, func(i *remoteInstance) core.Module { return remoteModule{i} })
}

// Loss makes a loss.
func (s *Session) Loss(name string, options core.Values) (core.Loss, error) {
	return remote(s, core.KindLoss, name, options, func(i *remoteInstance) core.Loss { return remoteLoss{i} })
}

// Augmentation makes an augmentation.
func (s *Session) Augmentation(name string, options core.Values) (core.Augmentation, error) {
	return remote(s, core.KindAugmentation, name, options,
		func(i *remoteInstance) core.Augmentation { return remoteAugmentation{i} })
}

// Strategy makes a strategy. It always is a core.ViewTransformer and a core.TargetMaker,
// too, which give core.ErrUnsupported where the plugin's is not.
func (s *Session) Strategy(name string, options core.Values) (core.Strategy, error) {
	return remote(s, core.KindStrategy, name, options,
		func(i *remoteInstance) core.Strategy { return remoteStrategy{i} })
}

// remote makes an instance in a plugin's process, and of it a component of core.
func remote[T any](s *Session, kind core.Kind, name string, options core.Values,
	wrap func(*remoteInstance) T) (T, error) {
	i, err := s.instance(kind, name, options)
	if err != nil {
		var none T
		return none, err
	}
	return wrap(i), nil
}

// remoteModule is a core.Module in a plugin.
type remoteModule struct{ i *remoteInstance }

func (m remoteModule) Plan(in core.ModuleInput) (core.ModulePlan, error) {
	return plan[core.ModuleInput, core.ModulePlan](m.i, in)
}

func (m remoteModule) Forward(ctx context.Context, c core.ModuleForward) error {
	return m.i.worker.compute(ctx, func(ctx context.Context, p *host.Process) error {
		return p.Forward(ctx, m.i.Instance, c)
	})
}

func (m remoteModule) Backward(ctx context.Context, c core.ModuleBackward) error {
	return m.i.worker.compute(ctx, func(ctx context.Context, p *host.Process) error {
		return p.Backward(ctx, m.i.Instance, c)
	})
}

// remoteLoss is a core.Loss in a plugin.
type remoteLoss struct{ i *remoteInstance }

func (l remoteLoss) Plan(in core.LossInput) (core.LossPlan, error) {
	return plan[core.LossInput, core.LossPlan](l.i, in)
}

func (l remoteLoss) Evaluate(ctx context.Context, c core.LossCall) (value float64, err error) {
	err = l.i.worker.compute(ctx, func(ctx context.Context, p *host.Process) (err error) {
		value, err = p.Evaluate(ctx, l.i.Instance, c)
		return err
	})
	return value, err
}

// remoteAugmentation is a core.Augmentation in a plugin.
type remoteAugmentation struct{ i *remoteInstance }

func (a remoteAugmentation) Plan(in core.AugmentationInput) (core.AugmentationPlan, error) {
	return plan[core.AugmentationInput, core.AugmentationPlan](a.i, in)
}

func (a remoteAugmentation) Apply(ctx context.Context, c core.AugmentationCall) error {
	return a.i.worker.compute(ctx, func(ctx context.Context, p *host.Process) error {
		return p.Augment(ctx, a.i.Instance, c)
	})
}

// remoteStrategy is a core.Strategy in a plugin.
type remoteStrategy struct{ i *remoteInstance }

func (s remoteStrategy) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	return plan[core.StrategyInput, core.StrategyPlan](s.i, in)
}

func (s remoteStrategy) Transform(ctx context.Context, c core.TransformCall) error {
	return s.i.worker.compute(ctx, func(ctx context.Context, p *host.Process) error {
		return p.Transform(ctx, s.i.Instance, c)
	})
}

func (s remoteStrategy) ComputeTargets(ctx context.Context, c core.TargetCall) error {
	return s.i.worker.compute(ctx, func(ctx context.Context, p *host.Process) error {
		return p.ComputeTargets(ctx, s.i.Instance, c)
	})
}
