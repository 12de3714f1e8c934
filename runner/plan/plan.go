// Package plan describes an assembled pipeline for people and machines: stages,
// shapes, parameters, phases and the memory it will take.
package plan

import (
	"fmt"
	"slices"
	"strconv"

	"montage/core"
	"montage/runner/assembly"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/model"
	"montage/runner/optim"
)

// Plan is all that runner plan says.
type Plan struct {
	Name      string    `json:"name"`
	Seed      int       `json:"seed"`
	Processes []Process `json:"processes"`
	Data      Data      `json:"data"`
	Backbone  Layer     `json:"backbone"`
	Trunk     *Trunk    `json:"trunk_cache,omitempty"`
	Branches  []Branch  `json:"branches"`
	Phases    []Phase   `json:"phases"`
	Memory    Memory    `json:"memory"`
	Warnings  []string  `json:"warnings,omitempty"`
}

// Trunk is where what the frozen part of the backbone makes is kept, in bytes.
type Trunk struct {
	Output   string `json:"output"`
	Frame    int64  `json:"frame"`
	Maps     int    `json:"maps"`
	Variants int    `json:"variants"`
	Limit    int64  `json:"limit"`
	Dir      string `json:"dir"`
}

// Process is one running plugin.
type Process struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	PID     int    `json:"pid"`
}

// Data counts trailers and genres.
type Data struct {
	Labeled   int `json:"labeled"`
	Unlabeled int `json:"unlabeled"`
	Test      int `json:"test"`
	Classes   int `json:"classes"`
}

// Layer is the backbone or a head. Its Params do not count buffers.
type Layer struct {
	Name      string       `json:"name"`
	Plugin    string       `json:"plugin"`
	Input     string       `json:"input"`
	Output    string       `json:"output"`
	Params    int          `json:"params"`
	Trainable int          `json:"trainable"`
	Frozen    int          `json:"frozen"`
	Stages    []core.Stage `json:"stages,omitempty"`
}

// Branch is one objective.
type Branch struct {
	Name     string   `json:"name"`
	Doc      string   `json:"doc"`
	Source   string   `json:"source"`
	Trailers int      `json:"trailers"`
	Batch    int      `json:"batch"`
	Unit     string   `json:"unit"`
	Views    []string `json:"views"`
	Augment  []string `json:"augment"`
	// Heads are the branch's own; Shares names the branch whose heads it uses, all or
	// those up to Through, with its own behind them.
	Heads     []Layer `json:"heads"`
	Shares    string  `json:"shares,omitempty"`
	Through   string  `json:"through,omitempty"`
	Loss      string  `json:"loss"`
	Target    string  `json:"target"`
	Weight    float64 `json:"weight"`
	Optimizer string  `json:"optimizer"`
}

// Phase is a phase with its length.
type Phase struct {
	Name          string   `json:"name"`
	Doc           string   `json:"doc"`
	Branches      []string `json:"branches"`
	Epochs        int      `json:"epochs"`
	StepsPerEpoch int      `json:"steps_per_epoch"`
	Steps         int      `json:"steps"`
	Optimizers    []string `json:"optimizers"`
}

// Memory is in bytes: what runner and plugins share, and what plugins take for
// the largest batch beside it.
type Memory struct {
	State   int64 `json:"state"`
	Work    int64 `json:"work"`
	Plugins int64 `json:"plugins"`
	Cache   int64 `json:"frame_cache"`
	Total   int64 `json:"total"`
}

// New describes an assembly.
func New(a *assembly.Assembly, processes []Process) Plan {
	p := Plan{Name: a.Spec.Name, Seed: a.Spec.Seed, Processes: processes,
		Data:     Data{count(a.Data.Labeled), count(a.Data.Unlabeled), count(a.Data.Test), len(a.Classes)},
		Backbone: layer(a.Backbone, a.Spec.Backbone.Plugin, fmt.Sprintf("uint8 [N,%d,%d,3]", a.Spec.Data.Size, a.Spec.Data.Size), "N"),
	}
	p.Memory = Memory{State: a.StateBytes, Work: a.WorkBytes, Cache: a.Spec.Data.Cache}
	p.Trunk = trunkOf(a)
	for _, b := range a.Branches {
		if b.Untrained {
			continue
		}
		p.Branches = append(p.Branches, branch(a, b))
		p.Memory.Plugins += b.LossBytes
	}
	for _, part := range a.Parts() {
		p.Memory.Plugins += part.Plan.Bytes
	}
	p.Memory.Total = p.Memory.State + p.Memory.Work + p.Memory.Plugins + p.Memory.Cache
	for i, phase := range a.Phases {
		if phase.Epochs == 0 {
			continue
		}
		p.Phases = append(p.Phases, newPhase(a, phase, a.Program.Phases[i]))
	}
	for _, note := range a.Backbone.Plan.Notes {
		p.Warnings = append(p.Warnings, "backbone: "+note)
	}
	for _, w := range a.Warnings {
		p.Warnings = append(p.Warnings, w.Error())
	}
	return p
}

func trunkOf(a *assembly.Assembly) *Trunk {
	c := a.Spec.TrunkCache
	if c == nil {
		return nil
	}
	t := &Trunk{Output: "float16 [N", Frame: 2, Maps: a.TrunkMaps(), Variants: c.Variants, Limit: c.Limit, Dir: a.TrunkDir}
	for _, d := range a.Backbone.Plan.Trunk {
		t.Output, t.Frame = t.Output+","+strconv.Itoa(d), t.Frame*int64(d)
	}
	t.Output += "]"
	return t
}

func count(d *data.Dataset) int {
	if d == nil {
		return 0
	}
	return len(d.Trailers)
}

func layer(p *model.Part, plugin, input, rows string) Layer {
	all, trained := p.Count()
	return Layer{Name: p.Name, Plugin: plugin, Input: input, Output: fmt.Sprintf("float32 [%s,%d]", rows, p.Plan.Outputs),
		Params: all, Trainable: trained, Frozen: all - trained, Stages: p.Plan.Stages}
}

func branch(a *assembly.Assembly, b *engine.Branch) Branch {
	s := a.Spec.Branch(b.Name)
	rows := map[core.Unit]string{core.UnitTrailer: "B", core.UnitFrame: "N"}[b.Unit]
	out := Branch{Name: b.Name, Doc: b.Doc, Source: string(b.Source), Trailers: len(b.Feed.Sampler.Data.Trailers),
		Batch: b.Batch, Unit: string(b.Unit), Loss: s.Loss.Plugin, Target: target(b), Shares: b.Shares, Through: b.Through, Weight: b.Weight, Optimizer: optimizer(a, b)}
	input := a.Backbone.Plan.Outputs
	for i, head := range a.Program.Heads(b.Branch.Branch) {
		part, axis := b.Chain.Heads[i], rows
		if i == 0 {
			axis = "N"
		}
		if head.Branch == b.Name || !trains(a, head.Branch) { // others are listed with their branch
			plugin := a.Spec.Branch(head.Branch).Heads[head.Key].Plugin
			out.Heads = append(out.Heads, layer(part, plugin, fmt.Sprintf("float32 [%s,%d]", axis, input), rows))
		}
		input = part.Plan.Outputs
	}
	for _, v := range b.Views {
		out.Views = append(out.Views, view(v))
	}
	for _, c := range s.Augment {
		out.Augment = append(out.Augment, c.Plugin)
	}
	return out
}

// trains tells whether a branch is among those that are trained, and so listed.
func trains(a *assembly.Assembly, branch string) bool {
	return slices.ContainsFunc(a.Branches, func(b *engine.Branch) bool { return b.Name == branch && !b.Untrained })
}

func target(b *engine.Branch) string {
	if b.Target == core.TargetNone {
		return "none"
	}
	return fmt.Sprintf("%s [%d] from %s", b.Target, b.TargetWidth(), b.Origin)
}

func view(v core.View) string {
	text := v.Name
	for _, part := range []struct {
		on   bool
		text string
	}{
		{v.Of != "", " of " + v.Of}, {v.Augment, " augmented"}, {v.Transform, " transformed"},
		{v.Copies > 1, fmt.Sprintf(" %d copies", v.Copies)}, {v.NoGradient, " without gradient"}, {v.Teacher, " by the teacher"},
	} {
		if part.on {
			text += part.text
		}
	}
	return text
}

func optimizer(a *assembly.Assembly, b *engine.Branch) string {
	o := a.Spec.Branch(b.Name).Optimizer
	text := fmt.Sprintf("%s %s lr %g, schedule %s", b.Optimizer, o.Kind, o.LR, o.Schedule.Kind)
	if o.Kind == optim.LARS {
		text += fmt.Sprintf(", trust %g", o.Trust)
	}
	if o.Clip > 0 {
		text += fmt.Sprintf(", clip %g", o.Clip)
	}
	if o.Accumulate > 1 {
		text += fmt.Sprintf(", a step for every %d batches", o.Accumulate)
	}
	return text
}

func newPhase(a *assembly.Assembly, p engine.Phase, program core.Phase) Phase {
	out := Phase{Name: p.Name, Doc: program.Doc, Branches: program.Branches, Epochs: p.Epochs, StepsPerEpoch: p.Steps, Steps: p.Total()}
	seen := map[string]bool{}
	for _, name := range program.Branches {
		for _, b := range a.Branches {
			if b.Name == name && !seen[b.Optimizer] {
				seen[b.Optimizer] = true
				out.Optimizers = append(out.Optimizers, b.Optimizer)
			}
		}
	}
	return out
}
