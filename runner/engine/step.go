package engine

import (
	"context"
	"fmt"
	"time"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/input"
	"montage/runner/model"
)

// branch computes the loss of one branch and the gradients of its parts, and what its
// outputs look like where they are embeddings.
func (e *Engine) gradients(ctx context.Context, b *TrainedBranch, item *input.Slot) (loss float64, signs EmbeddingStats,
	err error) {
	if err := e.targets(ctx, b, item); err != nil {
		return 0, nil, err
	}
	if _, err := b.Chain.Forward(ctx, item.Gradient); err != nil {
		return 0, nil, err
	}
	output, grad := b.Chain.Output(item.Gradient.Rows())
	loss, err = b.Loss.Evaluate(ctx, core.LossCall{Predictions: output, Targets: item.Targets, Weights: item.Weights,
		GradPredictions: grad})
	if err != nil {
		return 0, nil, fmt.Errorf("loss: %w", err)
	}
	loss *= b.Weight
	if err := finiteLoss(loss, output); err != nil {
		return 0, nil, err
	}
	if signs, err = embeddingStats(b, output); err != nil {
		return 0, nil, err
	}
	scale(grad, b.Weight)
	if err := b.Chain.Backward(ctx, item.Gradient); err != nil {
		return 0, nil, err
	}
	defer e.took("checks", time.Now())
	for _, part := range b.Modules() {
		if err := finiteModule(part); err != nil {
			return 0, nil, err
		}
	}
	return loss, signs, nil
}

// targets makes the passes without a gradient and the targets of their outputs.
func (e *Engine) targets(ctx context.Context, b *TrainedBranch, item *input.Slot) error {
	if b.Origin != core.FromOutputs {
		return nil
	}
	targeter, ok := e.Strategy.(core.TargetMaker)
	if !ok {
		return fmt.Errorf("the strategy computes no targets: %w", core.ErrUnsupported)
	}
	call := core.TargetCall{StepContext: item.Context, Labels: item.Labels, Keys: item.Gradient.RowKeys,
		Targets: item.Targets, Weights: item.Weights}
	for i, pass := range item.Others {
		out, err := b.Chain.Infer(ctx, pass)
		if err != nil {
			return fmt.Errorf("view without a gradient: %w", err)
		}
		call.Outputs = append(call.Outputs, b.Kept[i].Keep(out))
	}
	call.Keys = model.Front(call.Keys, item.Gradient.Rows()/b.GradientViews())
	if err := targeter.ComputeTargets(ctx, call); err != nil {
		return fmt.Errorf("targets: %w", err)
	}
	return nil
}

func scale(t tensor.Tensor, by float64) {
	if by == 1 {
		return
	}
	for i, v := range t.Float32s() {
		t.Float32s()[i] = v * float32(by)
	}
}
