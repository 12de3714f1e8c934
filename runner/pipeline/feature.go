package pipeline

import (
	"context"
	"fmt"
	"strings"

	"montage/core"
	"montage/core/spec"
	"montage/runner/layout"
)

// featureBackbone passes on rows of features, which come in place of frames.
type featureBackbone struct{ width int }

func (b featureBackbone) Plan(core.ModuleInput) (core.ModulePlan, error) {
	return core.ModulePlan{Outputs: b.width}, nil
}

// Forward copies float32 [N,D], whose bytes the frames are: uint8 [N,4·D].
func (b featureBackbone) Forward(_ context.Context, call core.ModuleForward) error {
	copy(call.Output.Bytes(), call.Frames.Bytes())
	return nil
}

// Backward has nothing to do: there are no parameters.
func (featureBackbone) Backward(context.Context, core.ModuleBackward) error { return nil }

// makeBackbone makes the backbone, a component unless it stands for features.
func (p *Pipeline) makeBackbone() (core.Module, error) {
	if p.Spec.TakesFeatures() {
		return featureBackbone{p.width()}, nil
	}
	return component[core.Module](p, p.Spec.Backbone)
}

// width is the number of features of a row, 0 where samples have frames.
func (p *Pipeline) width() int {
	if !p.Spec.TakesFeatures() {
		return 0
	}
	return p.Spec.Backbone.Values["width"].(int)
}

// frame returns the shape of a frame in bytes: a picture's, or that of float32 [D].
func (p *Pipeline) frame() []int {
	if p.Spec.TakesFeatures() {
		return []int{4 * p.width()}
	}
	return []int{p.Spec.Data.Size, p.Spec.Data.Size, 3}
}

// setWidth states the width of the rows in the spec, which so has it wherever the run goes.
func (p *Pipeline) setWidth(l *layout.Layout) error {
	if !p.Spec.TakesFeatures() {
		return nil
	}
	width, err := l.FeatureWidth()
	if err != nil {
		return p.Spec.At("data.features", err)
	}
	if stated := p.width(); stated != 0 && stated != width {
		return p.Spec.At("backbone.width", fmt.Errorf("width = %d, but the rows of data.features have %d features",
			stated, width))
	}
	p.Spec.Backbone.Values["width"] = width
	return nil
}

// checkFeatures reports what would change pixels, of which features have none.
func (p *Pipeline) checkFeatures() error {
	if !p.Spec.TakesFeatures() || p.Predict {
		return nil
	}
	var problems spec.Problems
	for _, b := range p.Plan.Branches {
		s := p.Spec.Branch(b.Name)
		if s == nil || !p.trained(b.Name) {
			continue
		}
		for _, v := range b.Views {
			if v.Transform {
				problems = append(problems, spec.Problem{Pos: p.Spec.PosOf("strategy.plugin"),
					Message: fmt.Sprintf("strategy %q transforms the frames of branch %q, and features have no pixels",
						p.Spec.Strategy.Plugin, b.Name),
					Hint: "train features by a strategy that transforms no frames, such as supervised"})
			}
			for _, c := range s.Augmentations(v.Name) {
				table, _, _ := strings.Cut(c.Path, ".augment")
				problems = append(problems, spec.Problem{Pos: c.Pos,
					Message: fmt.Sprintf("augmentation %q changes pixels, and features have none", c.Plugin),
					Hint:    fmt.Sprintf("augment = [] in [%s]", table)})
			}
		}
	}
	return problems.Err()
}
