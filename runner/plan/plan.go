// Package plan describes a built pipeline for people and machines: stages, shapes,
// parameters, phases, and the memory that it will take.
package plan

import (
	"fmt"
	"strconv"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/model"
	"montage/runner/pipeline"
)

// Plan is the output of runner plan.
type Plan struct {
	Name string `json:"name"`
	Seed int    `json:"seed"`
	// Strategy is the plugin that gives the branches and phases their names.
	Strategy  string          `json:"strategy"`
	Processes []PluginProcess `json:"processes"`
	Data      DataSummary     `json:"data"`
	Backbone  ModuleSummary   `json:"backbone"`
	Prefix    *FrozenPrefix   `json:"feature_cache,omitempty"`
	Branches  []BranchSummary `json:"branches"`
	Phases    []PhaseSummary  `json:"phases"`
	Memory    Memory          `json:"memory"`
	Frames    *DecodedFrames  `json:"frame_cache,omitempty"`
	// Found are lines of spec that state what was found out about the data.
	Found    []string `json:"found,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// FrozenPrefix describes the cache of the frozen prefix's activations; sizes are in bytes.
type FrozenPrefix struct {
	Output   string `json:"output"`
	Frame    int64  `json:"frame"`
	Maps     int    `json:"maps"`
	Variants int    `json:"variants"`
	Limit    int64  `json:"limit"`
	Dir      string `json:"dir"`
}

// DecodedFrames describes the cache of decoded frames on disk; sizes are in bytes.
type DecodedFrames struct {
	Frame int64 `json:"frame"`
	// Frames counts those of all data sets.
	Frames int    `json:"frames"`
	Limit  int64  `json:"limit"`
	Dir    string `json:"dir"`
}

// PluginProcess is one running plugin.
type PluginProcess struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	PID     int    `json:"pid"`
}

// DataSummary counts samples and classes.
type DataSummary struct {
	Labeled   int `json:"labeled"`
	Unlabeled int `json:"unlabeled"`
	Test      int `json:"test"`
	Valid     int `json:"valid"`
	Classes   int `json:"classes"`
	// Supports are the samples of each class.
	Supports []ClassSupport `json:"supports"`
}

// ClassSupport counts the samples of a class.
type ClassSupport struct {
	Class   string `json:"class"`
	Labeled int    `json:"labeled"`
	Valid   int    `json:"valid"`
	Test    int    `json:"test"`
}

func summary(d pipeline.Datasets, classes []string) DataSummary {
	s := DataSummary{Labeled: count(d.Labeled), Unlabeled: count(d.Unlabeled), Test: count(d.Test),
		Valid: count(d.Valid), Classes: len(classes), Supports: make([]ClassSupport, len(classes))}
	for i, class := range classes {
		s.Supports[i].Class = class
	}
	for _, set := range []struct {
		data  *data.Dataset
		count func(*ClassSupport) *int
	}{{d.Labeled, func(c *ClassSupport) *int { return &c.Labeled }},
		{d.Valid, func(c *ClassSupport) *int { return &c.Valid }},
		{d.Test, func(c *ClassSupport) *int { return &c.Test }}} {
		if set.data == nil {
			continue
		}
		for i, n := range set.data.Supports() {
			*set.count(&s.Supports[i]) = n
		}
	}
	return s
}

// ModuleSummary describes the backbone or a head. Its Params do not count buffers.
type ModuleSummary struct {
	Name      string       `json:"name"`
	Plugin    string       `json:"plugin"`
	Input     string       `json:"input"`
	Output    string       `json:"output"`
	Params    int          `json:"params"`
	Trainable int          `json:"trainable"`
	Frozen    int          `json:"frozen"`
	Stages    []core.Stage `json:"stages,omitempty"`
}

// BranchSummary describes one branch.
type BranchSummary struct {
	Name    string   `json:"name"`
	Doc     string   `json:"doc"`
	Source  string   `json:"source"`
	Samples int      `json:"samples"`
	Batch   int      `json:"batch"`
	Unit    string   `json:"unit"`
	Views   []string `json:"views"`
	Augment []string `json:"augment"`
	// Heads are the branch's own; SharesHeadsOf names the branch whose heads it uses, all
	// or those up to SharesHeadsThrough, with its own behind them.
	Heads              []ModuleSummary `json:"heads"`
	SharesHeadsOf      string          `json:"shares_heads_of,omitempty"`
	SharesHeadsThrough string          `json:"shares_heads_through,omitempty"`
	Loss               string          `json:"loss"`
	Target             string          `json:"target"`
	// ClassWeights are the weights of the classes in the loss, in the order of the data's
	// supports, where the branch weighs them; Sampler is how samples are drawn.
	ClassWeights []float64 `json:"class_weights,omitempty"`
	Sampler      string    `json:"sampler"`
	Weight       float64   `json:"weight"`
	Optimizer    string    `json:"optimizer"`
}

// PhaseSummary is a phase with its length.
type PhaseSummary struct {
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

// New describes a pipeline.
func New(built *pipeline.Pipeline, processes []PluginProcess) Plan {
	d, frames := built.Data, fmt.Sprintf("uint8 [N,%d,%d,3]", built.Spec.Data.Size, built.Spec.Data.Size)
	if built.Spec.TakesFeatures() {
		frames = fmt.Sprintf("float32 [N,%d]", built.Backbone.Plan.Outputs)
	}
	p := Plan{Name: built.Spec.Name, Seed: built.Spec.Seed, Strategy: built.Spec.Strategy.Plugin,
		Processes: processes, Found: built.Found, Data: summary(d, built.Classes),
		Backbone: module(built.Backbone, built.Spec.Backbone.Plugin, frames, "N"),
	}
	p.Memory = Memory{State: built.StateBytes, Work: built.WorkBytes, Cache: built.Spec.Data.Cache}
	p.Prefix = prefixOf(built)
	p.Frames = decodedFrames(built)
	for _, b := range built.Branches {
		if !b.Trained() {
			continue
		}
		p.Branches = append(p.Branches, branch(built, b))
		p.Memory.Plugins += b.LossBytes
	}
	for _, m := range built.Modules() {
		p.Memory.Plugins += m.Plan.Bytes
	}
	p.Memory.Total = p.Memory.State + p.Memory.Work + p.Memory.Plugins + p.Memory.Cache
	for i, phase := range built.Phases {
		if phase.Epochs == 0 {
			continue
		}
		p.Phases = append(p.Phases, newPhase(built, phase, built.Plan.Phases[i]))
	}
	for _, note := range built.Backbone.Plan.Notes {
		p.Warnings = append(p.Warnings, "backbone: "+note)
	}
	for _, w := range built.Warnings {
		p.Warnings = append(p.Warnings, hint.Text(w))
	}
	return p
}

func decodedFrames(built *pipeline.Pipeline) *DecodedFrames {
	c := built.Spec.Data.FrameCache
	if c == nil || built.FrameCacheDir == "" { // features are not decoded
		return nil
	}
	f := &DecodedFrames{Frame: int64(built.Loader.FrameBytes()), Limit: c.Limit, Dir: built.FrameCacheDir}
	for _, set := range []*data.Dataset{built.Data.Labeled, built.Data.Unlabeled, built.Data.Valid, built.Data.Test} {
		if set == nil {
			continue
		}
		for _, sample := range set.Samples {
			f.Frames += len(sample.Frames)
		}
	}
	return f
}

func prefixOf(built *pipeline.Pipeline) *FrozenPrefix {
	c := built.Spec.FeatureCache
	if c == nil {
		return nil
	}
	prefix := &FrozenPrefix{Output: "float16 [N", Frame: 2, Maps: built.PrefixMaps(), Variants: c.Variants,
		Limit: c.Limit, Dir: built.FeatureCacheDir}
	for _, d := range built.Backbone.Plan.FrozenPrefix {
		prefix.Output, prefix.Frame = prefix.Output+","+strconv.Itoa(d), prefix.Frame*int64(d)
	}
	prefix.Output += "]"
	return prefix
}

func count(d *data.Dataset) int {
	if d == nil {
		return 0
	}
	return len(d.Samples)
}

func module(m *model.StatefulModule, plugin, input, rows string) ModuleSummary {
	all, trained := m.Count()
	return ModuleSummary{Name: m.Name, Plugin: plugin, Input: input,
		Output: fmt.Sprintf("float32 [%s,%d]", rows, m.Plan.Outputs),
		Params: all, Trainable: trained, Frozen: all - trained, Stages: m.Plan.Stages}
}

func branch(built *pipeline.Pipeline, b *model.Branch) BranchSummary {
	s := built.Spec.Branch(b.Name)
	rows := map[core.Unit]string{core.UnitSample: "B", core.UnitFrame: "N"}[b.Unit]
	out := BranchSummary{Name: b.Name, Doc: b.Doc, Source: string(b.Source),
		Samples: len(built.Inputs[b.Name].Sampler.Data.Samples),
		Batch:   b.Batch, Unit: string(b.Unit), Loss: s.Loss.Plugin, Target: target(b),
		SharesHeadsOf: b.SharesHeadsOf, SharesHeadsThrough: b.SharesHeadsThrough, Weight: b.Weight,
		ClassWeights: b.ClassWeights, Sampler: s.Sampler, Optimizer: optimizer(built, b)}
	input := built.Backbone.Plan.Outputs
	for i, head := range built.Plan.Heads(b.Branch) {
		m, axis := b.Chain.Heads[i], rows
		if i == 0 {
			axis = "N"
		}
		if head.Branch == b.Name || !trains(built, head.Branch) { // others are listed with their branch
			plugin := built.Spec.Branch(head.Branch).Heads[head.Key].Plugin
			out.Heads = append(out.Heads, module(m, plugin, fmt.Sprintf("float32 [%s,%d]", axis, input), rows))
		}
		input = m.Plan.Outputs
	}
	for _, v := range b.Views {
		out.Views = append(out.Views, view(v))
	}
	for _, c := range s.Augment {
		out.Augment = append(out.Augment, c.Plugin)
	}
	return out
}

// trains reports whether some phase trains a branch, so that the plan lists it.
func trains(built *pipeline.Pipeline, branch string) bool {
	b := built.Branch(branch)
	return b != nil && b.Trained()
}

func target(b *model.Branch) string {
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
		{v.SharesFramesOf != "", " of " + v.SharesFramesOf}, {v.Augment, " augmented"}, {v.Transform, " transformed"},
		{v.Copies > 1, fmt.Sprintf(" %d copies", v.Copies)}, {v.NoGradient, " without gradient"},
		{v.Teacher, " by the teacher"},
	} {
		if part.on {
			text += part.text
		}
	}
	return text
}

func optimizer(built *pipeline.Pipeline, b *model.Branch) string {
	o := built.Spec.Branch(b.Name).Optimizer
	text := fmt.Sprintf("%s %s lr %g, schedule %s", b.Optimizer, o.Kind, o.LR, o.Schedule.Kind)
	if o.Kind == spec.LARS {
		text += fmt.Sprintf(", trust %g", o.Trust)
	}
	if o.Clip > 0 {
		text += fmt.Sprintf(", clip %g", o.Clip)
	}
	if o.Accumulate > 1 {
		text += fmt.Sprintf(", an update every %d steps", o.Accumulate)
	}
	return text
}

func newPhase(built *pipeline.Pipeline, p engine.TrainingPhase, planned core.Phase) PhaseSummary {
	out := PhaseSummary{Name: p.Name, Doc: planned.Doc, Branches: planned.Branches, Epochs: p.Epochs,
		StepsPerEpoch: p.Steps, Steps: p.Total()}
	seen := map[string]bool{}
	for _, name := range planned.Branches {
		for _, b := range built.Branches {
			if b.Name == name && !seen[b.Optimizer] {
				seen[b.Optimizer] = true
				out.Optimizers = append(out.Optimizers, b.Optimizer)
			}
		}
	}
	return out
}
