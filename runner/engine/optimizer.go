package engine

import (
	"context"
	"fmt"
	"time"

	"montage/core"
	"montage/core/parallel"
	"montage/core/tensor"
	"montage/runner/model"
	"montage/runner/optim"
)

// Group is an optimizer with the branches whose gradients it takes, and its own
// moments of every parameter that they train.
type Optimizer struct {
	Name     string
	Branches []*TrainedBranch
	Rule     *optim.Optimizer
	LR       float64
	Schedule optim.Schedule
	// Clip is the greatest norm of a step's gradients, 0 for any.
	Clip float64

	// gathered sums gradients where several batches make a step, else nil.
	accumulated *accumulator

	modules []*model.Module
	params  []tensor.Tensor
	// sums hold the gradients of several branches; with one branch they are the
	// gradients themselves.
	sums []tensor.Tensor
	// buffers hold the buffers from before the step.
	buffers map[*model.Module][]tensor.Tensor
}

// GroupConfig says what a group is made of.
type OptimizerConfig struct {
	Name     string
	Branches []*TrainedBranch
	Rule     optim.Config
	Schedule optim.Schedule
	// Clip is the greatest norm of a step's gradients, 0 for any.
	Clip float64
	// Accumulate is the number of batches that make a step; 0 is 1.
	Accumulate int
}

// NewGroup makes the optimizer of the branches, which must have their memory.
func NewOptimizer(c OptimizerConfig) (*Optimizer, error) {
	g := &Optimizer{Name: c.Name, Branches: c.Branches, LR: c.Rule.LR, Schedule: c.Schedule, Clip: c.Clip,
		buffers: map[*model.Module][]tensor.Tensor{}}
	var params []optim.Param
	for _, part := range distinct(c.Branches) {
		g.modules = append(g.modules, part)
		for i, p := range part.Plan.Params {
			grad := part.Grads[i]
			if grad.IsZero() {
				continue
			}
			params = append(params, optim.Param{Name: part.Name + "/" + p.Name, Shape: p.Shape, NoDecay: p.NoDecay})
			g.params = append(g.params, part.State[i])
			if len(c.Branches) > 1 {
				grad = tensor.New(tensor.Float32, p.Shape...)
			}
			g.sums = append(g.sums, grad)
		}
	}
	g.accumulated = newAccumulator(c.Accumulate, params)
	var err error
	if g.Rule, err = optim.New(c.Rule, params); err != nil {
		return nil, fmt.Errorf("optimizer %s: %w", c.Name, err)
	}
	return g, nil
}

func distinct(branches []*TrainedBranch) (parts []*model.Module) {
	seen := map[*model.Module]bool{}
	for _, b := range branches {
		for _, p := range b.Modules() {
			if !seen[p] {
				parts = append(parts, p)
			}
			seen[p] = true
		}
	}
	return parts
}

// group takes a batch through the branches of one optimizer and makes its step, if
// this batch completes one, or leaves everything as it was.
func (e *Engine) stepOptimizer(ctx context.Context, phase TrainingPhase, g *Optimizer, batch prepared) error {
	g.remember()
	losses, signs := map[string]float64{}, map[string]EmbeddingStats{}
	frames := 0
	g.clear()
	for _, b := range g.Branches {
		item := batch.items[b.Name]
		if item.Empty() {
			e.Log.Warn().Str("branch", b.Name).Int("step", e.position.Step+1).Msg("no sample of this batch could be " +
				"read")
			continue
		}
		loss, seen, err := e.gradients(core.WithCallSite(ctx, core.CallSite{Phase: phase.Name, Branch: b.Name,
			Step: int(item.Context.Step)}), b, item)
		if err != nil {
			g.restore()
			return &StepError{Branch: b.Name, Samples: item.Samples, Err: err}
		}
		losses[b.Name], signs[b.Name] = loss, seen
		frames += item.Gradient.N()
		g.collect(b)
	}
	start := time.Now()
	err := e.update(phase, g, len(losses) > 0)
	e.took("optimizer", start)
	if err != nil {
		g.restore()
		return &StepError{Err: fmt.Errorf("optimizer %s: %w", g.Name, err)}
	}
	e.position.add(losses)
	e.position.addEmbeddings(signs)
	e.frames += frames
	return nil
}

// update makes the optimizer's step where it is due.
func (e *Engine) update(phase TrainingPhase, g *Optimizer, batch bool) error {
	grads := g.gradients(phase, &e.position, batch)
	if grads == nil {
		return nil
	}
	clip(grads, g.Clip)
	return g.Rule.Step(g.params, grads, g.LR*g.factor(phase, e.position))
}

func (g *Optimizer) factor(phase TrainingPhase, at Position) float64 {
	return g.Schedule.Factor(optim.Progress{Step: at.Epoch*phase.Steps + at.Step, TotalSteps: phase.Total(),
		StepsPerEpoch: phase.Steps})
}

// rates returns the learning rates of the step before the current place.
func (e *Engine) rates(phase TrainingPhase) map[string]float64 {
	at, rates := e.position, map[string]float64{}
	at.Step = max(at.Step-1, 0)
	for _, g := range phase.Optimizers {
		rates[g.Name] = g.LR * g.factor(phase, at)
	}
	return rates
}

// clear zeroes the sums of several branches.
func (g *Optimizer) clear() {
	if len(g.Branches) < 2 {
		return
	}
	parallel.For(len(g.sums), func(i int) { clear(g.sums[i].Float32s()) })
}

// collect takes the new buffers of a branch's parts, so that the next branch sees
// them, and adds its gradients to the sums.
func (g *Optimizer) collect(b *TrainedBranch) {
	in := map[*model.Module]bool{}
	for _, p := range b.Modules() {
		in[p] = true
		for i, update := range p.Updates {
			copy(p.State[i].Bytes(), update.Bytes())
		}
	}
	if len(g.Branches) < 2 {
		return
	}
	at := 0
	for _, p := range g.modules {
		for _, grad := range p.Grads {
			if grad.IsZero() {
				continue
			}
			if in[p] {
				add(g.sums[at].Float32s(), grad.Float32s())
			}
			at++
		}
	}
}

func add(sum, x []float32) {
	for i, v := range x {
		sum[i] += v
	}
}

// remember keeps the buffers of before the step, restore brings them back.
func (g *Optimizer) remember() {
	for _, p := range g.modules {
		kept, known := g.buffers[p]
		if !known {
			kept = make([]tensor.Tensor, len(p.Updates))
			g.buffers[p] = kept
		}
		for i, update := range p.Updates {
			if update.IsZero() {
				continue
			}
			if kept[i].IsZero() {
				kept[i] = tensor.New(tensor.Float32, update.Shape...)
			}
			copy(kept[i].Bytes(), p.State[i].Bytes())
		}
	}
}

func (g *Optimizer) restore() {
	for _, p := range g.modules {
		for i, kept := range g.buffers[p] {
			copy(p.State[i].Bytes(), kept.Bytes())
		}
	}
}
