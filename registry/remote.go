package registry

import (
	"context"

	"montage/core"
	"montage/registry/internal/host"
)

// New makes a component of any kind, in the process of its plugin: a core.Module, Loss,
// Augmentation or Strategy. The options were checked against its description. A strategy
// always is a core.ViewTransformer and a core.TargetMaker, too, which give
// core.ErrUnsupported where the plugin's is not.
func (s *Session) New(kind core.Kind, name string, options core.Values) (any, error) {
	i, err := s.instance(kind, name, options)
	if err != nil {
		return nil, err
	}
	switch kind {
	case core.KindBackbone, core.KindHead:
		return remoteModule{i}, nil
	case core.KindLoss:
		return remoteLoss{i}, nil
	case core.KindAugmentation:
		return remoteAugmentation{i}, nil
	}
	return remoteStrategy{i}, nil
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
