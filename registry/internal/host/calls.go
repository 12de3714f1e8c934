package host

import (
	"context"

	"montage/core"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// compute makes a call that carries tensors.
func (p *Process) compute(ctx context.Context, what string, a *addresses,
	do func(context.Context, *pb.Call) error) error {
	if a.err != nil {
		return a.err
	}
	head := &pb.Call{Instance: a.instance.ID, Id: p.calls.Add(1)}
	return p.invoke(ctx, call{what: what, on: a.instance, rows: a.rows, bytes: a.bytes, deadline: p.command.Deadline,
		id: head.Id,
		do: func(ctx context.Context) error { return do(ctx, head) }})
}

// Forward is core.Module's.
func (p *Process) Forward(ctx context.Context, i wire.Instance, c core.ModuleForward) error {
	a := p.addresses(i)
	a.rows = leading(c.Output, c.PrefixOutput, c.Frames)
	request := &pb.ForwardRequest{
		Module:   a.module(c.ModuleCall),
		Gradient: c.Gradient,
		Output:   a.written("output", c.Output),
		Updates:  a.allWritten("updates", c.Updates),

		PrefixOutput: a.written("prefix_output", c.PrefixOutput),
	}
	return p.compute(ctx, "forward", a, func(ctx context.Context, head *pb.Call) error {
		request.Call = head
		_, err := p.api.Forward(ctx, request)
		return err
	})
}

// Backward is core.Module's.
func (p *Process) Backward(ctx context.Context, i wire.Instance, c core.ModuleBackward) error {
	a := p.addresses(i)
	a.rows = leading(c.GradOutput)
	request := &pb.BackwardRequest{
		Module:     a.module(c.ModuleCall),
		GradOutput: a.read("grad_output", c.GradOutput),
		GradInput:  a.written("grad_input", c.GradInput),
		GradParams: a.allWritten("grad_params", c.GradParams),
	}
	return p.compute(ctx, "backward", a, func(ctx context.Context, head *pb.Call) error {
		request.Call = head
		_, err := p.api.Backward(ctx, request)
		return err
	})
}

// Evaluate is core.Loss's.
func (p *Process) Evaluate(ctx context.Context, i wire.Instance, c core.LossCall) (value float64, err error) {
	a := p.addresses(i)
	request := &pb.EvaluateRequest{
		Predictions:     a.read("predictions", c.Predictions),
		Targets:         a.read("targets", c.Targets),
		Weights:         a.read("weights", c.Weights),
		GradPredictions: a.written("grad_predictions", c.GradPredictions),
	}
	var reply *pb.EvaluateReply
	err = p.compute(ctx, "evaluate", a, func(ctx context.Context, head *pb.Call) (err error) {
		request.Call = head
		reply, err = p.api.Evaluate(ctx, request)
		return err
	})
	if err != nil {
		return 0, err
	}
	return reply.GetValue(), nil
}

// Augment is core.Augmentation's Apply.
func (p *Process) Augment(ctx context.Context, i wire.Instance, c core.AugmentationCall) error {
	a := p.addresses(i)
	request := &pb.AugmentRequest{
		Frames: a.read("frames", c.Frames),
		Keys:   a.read("keys", c.Keys),
		Output: a.written("output", c.Output),
	}
	return p.compute(ctx, "augment", a, func(ctx context.Context, head *pb.Call) error {
		request.Call = head
		_, err := p.api.Augment(ctx, request)
		return err
	})
}

// Transform is core.ViewTransformer's.
func (p *Process) Transform(ctx context.Context, i wire.Instance, c core.TransformCall) error {
	a := p.addresses(i)
	request := &pb.TransformRequest{
		Context: theContext(c.StepContext),
		View:    c.View,
		Frames:  a.read("frames", c.Frames),
		Offsets: a.read("offsets", c.Offsets),
		Keys:    a.read("keys", c.Keys),
		Output:  a.written("output", c.Output),
		Targets: a.written("targets", c.Targets),
		Weights: a.written("weights", c.Weights),
	}
	return p.compute(ctx, "transform", a, func(ctx context.Context, head *pb.Call) error {
		request.Call = head
		_, err := p.api.Transform(ctx, request)
		return err
	})
}

// ComputeTargets is core.TargetMaker's.
func (p *Process) ComputeTargets(ctx context.Context, i wire.Instance, c core.TargetCall) error {
	a := p.addresses(i)
	request := &pb.ComputeTargetsRequest{
		Context: theContext(c.StepContext),
		Outputs: a.allRead("outputs", c.Outputs),
		Labels:  a.read("labels", c.Labels),
		Keys:    a.read("keys", c.Keys),
		Targets: a.written("targets", c.Targets),
		Weights: a.written("weights", c.Weights),
	}
	return p.compute(ctx, "targets", a, func(ctx context.Context, head *pb.Call) error {
		request.Call = head
		_, err := p.api.ComputeTargets(ctx, request)
		return err
	})
}

func theContext(m core.StepContext) *pb.StepContext {
	return &pb.StepContext{Branch: m.Branch, Step: m.Step, Progress: m.Progress}
}
