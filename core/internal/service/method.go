package service

import (
	"context"

	"montage/core"
	"montage/core/wire/pb"
)

// The methods below convert, compute and convert. They keep no tensor: once a call has
// ended, the runner gives its memory to others.

// Forward computes the outputs of a module.
func (s *service) Forward(ctx context.Context, r *pb.ForwardRequest) (*pb.ForwardReply, error) {
	refs := s.references()
	call := core.ModuleForward{
		ModuleCall: refs.module(r.GetModule()),
		Gradient:   r.GetGradient(),
		Output:     refs.write("output", r.GetOutput()),
		Updates:    refs.writeAll("updates", r.GetUpdates()),

		PrefixOutput: refs.write("prefix_output", r.GetPrefixOutput()),
	}
	if refs.err != nil {
		return nil, refs.err
	}
	return &pb.ForwardReply{}, compute(ctx, s, r.GetCall(), func(ctx context.Context, m core.Module) error {
		return timed(ctx, m, m.Forward(ctx, call))
	})
}

// Backward computes the gradients of a module.
func (s *service) Backward(ctx context.Context, r *pb.BackwardRequest) (*pb.BackwardReply, error) {
	refs := s.references()
	call := core.ModuleBackward{
		ModuleCall: refs.module(r.GetModule()),
		GradOutput: refs.read("grad_output", r.GetGradOutput()),
		GradInput:  refs.write("grad_input", r.GetGradInput()),
		GradParams: refs.writeAll("grad_params", r.GetGradParams()),
	}
	if refs.err != nil {
		return nil, refs.err
	}
	return &pb.BackwardReply{}, compute(ctx, s, r.GetCall(), func(ctx context.Context, m core.Module) error {
		return timed(ctx, m, m.Backward(ctx, call))
	})
}

// Evaluate computes a loss.
func (s *service) Evaluate(ctx context.Context, r *pb.EvaluateRequest) (*pb.EvaluateReply, error) {
	refs := s.references()
	call := core.LossCall{
		Predictions:     refs.read("predictions", r.GetPredictions()),
		Targets:         refs.read("targets", r.GetTargets()),
		Weights:         refs.read("weights", r.GetWeights()),
		GradPredictions: refs.write("grad_predictions", r.GetGradPredictions()),
	}
	if refs.err != nil {
		return nil, refs.err
	}
	// The value is one number, so it travels in the message.
	reply := &pb.EvaluateReply{}
	return reply, compute(ctx, s, r.GetCall(), func(ctx context.Context, l core.Loss) (err error) {
		reply.Value, err = l.Evaluate(ctx, call)
		return err
	})
}

// Augment changes frames.
func (s *service) Augment(ctx context.Context, r *pb.AugmentRequest) (*pb.AugmentReply, error) {
	refs := s.references()
	call := core.AugmentationCall{
		Frames: refs.read("frames", r.GetFrames()),
		Keys:   refs.read("keys", r.GetKeys()),
		Output: refs.write("output", r.GetOutput()),
	}
	if refs.err != nil {
		return nil, refs.err
	}
	return &pb.AugmentReply{}, compute(ctx, s, r.GetCall(), func(ctx context.Context, a core.Augmentation) error {
		return a.Apply(ctx, call)
	})
}

// Transform makes a strategy's view.
func (s *service) Transform(ctx context.Context, r *pb.TransformRequest) (*pb.TransformReply, error) {
	refs := s.references()
	call := core.TransformCall{
		StepContext: stepContext(r.GetContext()),
		View:        r.GetView(),
		Frames:      refs.read("frames", r.GetFrames()),
		Offsets:     refs.read("offsets", r.GetOffsets()),
		Keys:        refs.read("keys", r.GetKeys()),
		Output:      refs.write("output", r.GetOutput()),
		Targets:     refs.write("targets", r.GetTargets()),
		Weights:     refs.write("weights", r.GetWeights()),
	}
	if refs.err != nil {
		return nil, refs.err
	}
	return &pb.TransformReply{}, compute(ctx, s, r.GetCall(), func(ctx context.Context, t core.ViewTransformer) error {
		return t.Transform(ctx, call)
	})
}

// ComputeTargets makes a strategy's targets.
func (s *service) ComputeTargets(ctx context.Context, r *pb.ComputeTargetsRequest) (*pb.ComputeTargetsReply, error) {
	refs := s.references()
	call := core.TargetCall{
		StepContext: stepContext(r.GetContext()),
		Outputs:     refs.readAll("outputs", r.GetOutputs()),
		Labels:      refs.read("labels", r.GetLabels()),
		Keys:        refs.read("keys", r.GetKeys()),
		Targets:     refs.write("targets", r.GetTargets()),
		Weights:     refs.write("weights", r.GetWeights()),
	}
	if refs.err != nil {
		return nil, refs.err
	}
	return &pb.ComputeTargetsReply{}, compute(ctx, s, r.GetCall(), func(ctx context.Context, t core.TargetMaker) error {
		return t.ComputeTargets(ctx, call)
	})
}

// module converts what Forward and Backward have in common. All of it is only read.
func (r *references) module(c *pb.ModuleCall) core.ModuleCall {
	return core.ModuleCall{
		ForwardID:      c.GetForwardId(),
		Train:          c.GetTrain(),
		Frames:         r.read("frames", c.GetFrames()),
		PrefixFeatures: r.read("prefix", c.GetPrefixFeatures()),
		Features:       r.read("features", c.GetFeatures()),
		Offsets:        r.read("offsets", c.GetOffsets()),
		Keys:           r.read("keys", c.GetKeys()),
		Params:         r.readAll("params", c.GetParams()),
		Revision:       c.GetRevision(),
	}
}

func stepContext(m *pb.StepContext) core.StepContext {
	return core.StepContext{Branch: m.GetBranch(), Step: m.GetStep(), Progress: m.GetProgress()}
}
