package model

import (
	"context"
	"fmt"
	"slices"

	"montage/core"
	"montage/core/tensor"
)

// Branch is a branch as it is trained: what the strategy declares of it, its components,
// and what the spec says of it.
type Branch struct {
	core.Branch
	Chain Chain
	// Loss is nil where the branch is not trained, but used by others or to predict.
	Loss core.Loss
	// LossBytes is the memory that the loss planned.
	LossBytes int64
	// ClassWeights are the weights of classes that the loss was made with because the branch
	// asks for them, nil where it does not.
	ClassWeights []float64
	// Augment are the augmentations of each view, by the view's name.
	Augment map[string][]core.Augmentation
	// Weight multiplies the loss. Batch is samples a step, Frames the most
	// frames of a sample. Classes is the number of classes.
	Weight        float64
	Batch, Frames int
	Classes       int
	// Optimizer names the optimizer that the branch's gradients go to.
	Optimizer string

	// inferred hold the outputs of the views without a gradient, in their order, until
	// targets are made of them: float32 [R,K] at the greatest R.
	inferred []tensor.Tensor
}

// Trained reports whether the branch has a loss of its own.
func (b *Branch) Trained() bool { return b.Loss != nil }

// Size bounds a forward input: N frames and R rows.
type Size struct{ N, R int }

// With returns the size that bounds what either does.
func (s Size) With(o Size) Size { return Size{N: max(s.N, o.N), R: max(s.R, o.R)} }

// Draw returns the bounds of one draw of a batch, before any transform.
func (b *Branch) Draw() Size {
	s := Size{N: b.Batch * b.Frames, R: b.Batch}
	if b.Unit == core.UnitFrame {
		s.R = s.N
	}
	return s
}

// View returns the bounds of a view.
func (b *Branch) View(v core.View) Size {
	if v.SharesFramesOf != "" {
		return b.View(b.Views[slices.IndexFunc(b.Views, func(o core.View) bool { return o.Name == v.SharesFramesOf })])
	}
	s, copies := b.Draw(), max(v.Copies, 1)
	return Size{N: s.N * copies, R: s.R * copies}
}

// WithGradient returns the bounds of all views with a gradient together.
func (b *Branch) WithGradient() Size {
	var sum Size
	for _, v := range b.Views {
		if s := b.View(v); !v.NoGradient {
			sum.N, sum.R = sum.N+s.N, sum.R+s.R
		}
	}
	return sum
}

// GradientViews counts the views with a gradient.
func (b *Branch) GradientViews() int {
	n := 0
	for _, v := range b.Views {
		if !v.NoGradient {
			n++
		}
	}
	return n
}

// Largest returns the bounds of any forward input.
func (b *Branch) Largest() Size {
	largest := b.WithGradient()
	for _, v := range b.Views {
		largest = largest.With(b.View(v))
	}
	return largest
}

// TargetWidth returns T, the width of the branch's targets.
func (b *Branch) TargetWidth() int {
	switch {
	case b.Target == core.TargetNone:
		return 0
	case b.Origin == core.FromLabels:
		return b.Classes
	}
	return b.Chain.OutputWidth()
}

// HeadsPassed returns the number of heads that a view passes.
func (b *Branch) HeadsPassed(v core.View) int {
	if v.StopsAtHead == "" {
		return len(b.Chain.Heads)
	}
	shared := 0 // in front of its own
	if b.SharesHeadsThrough != "" {
		shared = len(b.Chain.Heads) - len(b.HeadKeys())
	}
	return shared + 1 + slices.Index(b.HeadKeys(), v.StopsAtHead)
}

// Modules returns the backbone and the branch's heads.
func (b *Branch) Modules() []*StatefulModule {
	return append([]*StatefulModule{b.Chain.Backbone}, b.Chain.Heads...)
}

// InferView computes the outputs of the nth view without a gradient, as in use, into
// memory of its own: float32 [R,K], valid until the view's next call.
func (b *Branch) InferView(ctx context.Context, nth int, in ForwardInput) (tensor.Tensor, error) {
	outputs, err := b.Chain.Infer(ctx, in)
	if err != nil {
		return tensor.Tensor{}, err
	}
	own := b.inferred[nth].Rows(0, outputs.Shape[0])
	copy(own.Bytes(), outputs.Bytes())
	return own, nil
}

// AllocateViews takes the memory of the outputs of the views without a gradient.
func (b *Branch) AllocateViews(work Allocator) error {
	b.inferred = nil
	for _, v := range b.Views {
		if !v.NoGradient {
			continue
		}
		outputs, err := work.Alloc(tensor.Float32, b.View(v).R, b.Chain.Heads[b.HeadsPassed(v)-1].Plan.Outputs)
		if err != nil {
			return fmt.Errorf("branch %s: view %s: %w", b.Name, v.Name, err)
		}
		b.inferred = append(b.inferred, outputs)
	}
	return nil
}
