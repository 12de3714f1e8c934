package engine

import (
	"context"
	"fmt"
	"time"

	"montage/core"
	"montage/runner/input"
	"montage/runner/model"
)

// A training step, in the order of the documentation of package core. Every branch's
// batch was prepared while the step before it computed: prefetch.go.

// The words of this file:
//   - branch: a loss, its weight, and the modules that it trains. Its Chain is those
//     modules in a row, the backbone and the heads. Forward keeps what Backward needs.
//   - batch: the samples of a branch for this step. WithGradient has the frames of the
//     views that the branch is trained on; NoGradient has those of views from whose
//     outputs the strategy makes targets.
//   - optimizer: the branches that step together, the sum of their gradients, and its
//     Rule, such as Adam, which changes the parameters by that sum.
//   - phase: the branches that are trained now, and their optimizers in order.

// step takes one prepared batch of every branch through the optimizers of the phase,
// one after the other. Each works on the parameters that the one before it left.
func (e *Engine) step(ctx context.Context, phase TrainingPhase, batches stepInput) error {
	for e.position.Optimizer < len(phase.Optimizers) { // a resumed step begins with the optimizer that is next
		if err := e.stepOptimizer(ctx, phase, batches); err != nil {
			return err
		}
	}
	if phase.stepsAt(e.position) {
		e.moveTeacher()
	}
	e.position.endStep()
	e.reportStep(phase, batches)
	return nil
}

// stepOptimizer computes the gradients of an optimizer's branches and changes the
// parameters by them. An error leaves parameters, buffers and moments as they were.
func (e *Engine) stepOptimizer(ctx context.Context, phase TrainingPhase, batches stepInput) error {
	o := phase.Optimizers[e.position.Optimizer]
	o.saveBuffers()
	o.clearGradients()
	results := map[string]branchResult{}
	for _, b := range o.Branches {
		batch := batches.of[b.Name]
		if batch.Empty() {
			e.Log.Warn().Str("branch", b.Name).Int("step", e.position.Step+1).
				Msg("no sample of this batch could be read")
			continue
		}
		result, err := e.trainBranch(core.WithCallSite(ctx, core.CallSite{Phase: phase.Name, Branch: b.Name,
			Step: int(batch.Context.Step)}), b, batch)
		if err != nil {
			o.restoreBuffers()
			return &StepError{Branch: b.Name, Samples: batch.Samples, Err: err}
		}
		o.takeBuffers(b) // the next branch starts from them
		o.addGradients(b)
		results[b.Name] = result
	}
	if err := e.update(phase, o, len(results) > 0); err != nil {
		o.restoreBuffers()
		return &StepError{Err: fmt.Errorf("optimizer %s: %w", o.Name, err)}
	}
	e.commit(results)
	return nil
}

// branchResult is what a branch's batch gave, beside gradients.
type branchResult struct {
	loss       float64
	embeddings EmbeddingStats // nil where the outputs are no embeddings
	frames     int
}

// trainBranch computes the loss of a branch's batch and its gradients by the parameters
// of the branch's modules.
func (e *Engine) trainBranch(ctx context.Context, b *model.Branch, batch *input.Slot) (result branchResult,
	err error) {
	// Views without a gradient come first: targets may be made of their outputs.
	if b.Origin == core.FromOutputs {
		if err := e.computeTargets(ctx, b, batch); err != nil {
			return result, err
		}
	}

	// Forward: the views with a gradient, together, through the backbone and head after head.
	if _, err := b.Chain.Forward(ctx, batch.WithGradient); err != nil {
		return result, err
	}
	outputs, gradOutputs := b.Chain.Output(batch.WithGradient.Rows())

	// The loss, and its gradient by the outputs.
	loss, err := b.Loss.Evaluate(ctx, core.LossCall{Predictions: outputs, Targets: batch.Targets,
		Weights: batch.Weights, GradPredictions: gradOutputs})
	if err != nil {
		return result, fmt.Errorf("loss: %w", err)
	}
	result.loss, result.frames = loss*b.Weight, batch.WithGradient.N()
	if err := checkLoss(result.loss, outputs); err != nil {
		return result, err
	}
	if result.embeddings, err = embeddingStats(b, outputs); err != nil {
		return result, err
	}

	// Backward: from the last head to the backbone. It writes the modules' gradients.
	scale(gradOutputs, b.Weight)
	if err := b.Chain.Backward(ctx, batch.WithGradient); err != nil {
		return result, err
	}
	return result, e.checkModules(b)
}

// computeTargets lets the strategy make a batch's targets from the outputs of the views
// without a gradient.
func (e *Engine) computeTargets(ctx context.Context, b *model.Branch, batch *input.Slot) error {
	strategy, ok := e.Strategy.(core.TargetMaker)
	if !ok {
		return fmt.Errorf("the strategy computes no targets: %w", core.ErrUnsupported)
	}
	rows := batch.WithGradient.Rows() / b.GradientViews() // of one view
	call := core.TargetCall{StepContext: batch.Context, Labels: batch.Labels,
		Keys: batch.WithGradient.RowKeys.Rows(0, rows), Targets: batch.Targets, Weights: batch.Weights}
	for i, view := range batch.NoGradient {
		outputs, err := b.InferView(ctx, i, view) // by the averaged parameters where the view is a teacher's
		if err != nil {
			return fmt.Errorf("view without a gradient: %w", err)
		}
		call.Outputs = append(call.Outputs, outputs)
	}
	if err := strategy.ComputeTargets(ctx, call); err != nil {
		return fmt.Errorf("targets: %w", err)
	}
	return nil
}

// update changes the parameters by the sum of the branches' gradients. With accumulate,
// only every so many batches do, by the mean of their gradients.
func (e *Engine) update(phase TrainingPhase, o *Optimizer, batch bool) error {
	defer e.took("optimizer", time.Now())
	gradients := o.due(phase, &e.position, batch)
	if gradients == nil {
		return nil
	}
	clip(gradients, o.Clip)
	return o.Rule.Step(o.params, gradients, o.rate(phase, e.position))
}

// commit counts what an optimizer did. From here on the step of this optimizer is done.
func (e *Engine) commit(results map[string]branchResult) {
	for branch, r := range results {
		e.position.addLoss(branch, r.loss)
		e.position.addEmbeddings(branch, r.embeddings)
		e.frames += r.frames
	}
	e.position.Optimizer++
}
