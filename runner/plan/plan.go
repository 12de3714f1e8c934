// Package plan describes an assembled pipeline for people and machines: stages,
// shapes, parameters, phases and the memory it will take.
package plan

import (
	"fmt"

	"montage/core"
	"montage/runner/assembly"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/model"
)

// Plan is all that runner plan says.
type Plan struct {
	Name      string    `json:"name"`
	Seed      int       `json:"seed"`
	Processes []Process `json:"processes"`
	Data      Data      `json:"data"`
	Backbone  Layer     `json:"backbone"`
	Branches  []Branch  `json:"branches"`
	Phases    []Phase   `json:"phases"`
	Memory    Memory    `json:"memory"`
	Warnings  []string  `json:"warnings,omitempty"`
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
	// Heads are the branch's own; Shares names the branch whose heads it uses.
	Heads     []Layer `json:"heads"`
	Shares    string  `json:"shares,omitempty"`
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
	p.Memory = Memory{State: a.StateBytes, Work: a.WorkBytes, Plugins: a.Backbone.Plan.Bytes, Cache: a.Spec.Data.Cache}
	for _, b := range a.Branches {
		if b.Untrained {
			continue
		}
		p.Branches = append(p.Branches, branch(a, b))
		p.Memory.Plugins += b.LossBytes
		for _, h := range b.Chain.Heads {
			if b.Shares != "" {
				break
			}
			p.Memory.Plugins += h.Plan.Bytes
		}
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
		Batch: b.Batch, Unit: string(b.Unit), Loss: s.Loss.Plugin, Target: target(b), Shares: b.Shares, Weight: b.Weight, Optimizer: optimizer(a, b)}
	input := a.Backbone.Plan.Outputs
	for i, part := range b.Chain.Heads {
		if b.Shares != "" {
			break // listed with their branch
		}
		axis := rows
		if i == 0 {
			axis = "N"
		}
		out.Heads = append(out.Heads, layer(part, s.Heads[b.HeadKeys()[i]].Plugin, fmt.Sprintf("float32 [%s,%d]", axis, input), rows))
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
	return fmt.Sprintf("%s %s lr %g, schedule %s", b.Optimizer, o.Kind, o.LR, o.Schedule.Kind)
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
