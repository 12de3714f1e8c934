package conform

import (
	"context"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Sound components, one of each kind, which the tests break.

func backbone() core.Component {
	return core.Component{Name: "mean", Doc: "The mean colour.", Backbone: func(core.Values) (core.Module, error) {
		return sdk.Backbone(func(b *graph.Builder, frames *graph.Node) *graph.Node {
			gain := b.Param(core.Param{Name: "gain", Shape: []int{3}, Init: core.Init{Kind: "constant", Value: 1}})
			return graph.Mul(graph.GlobalAvgPool(graph.Normalize(frames, [3]float32{}, [3]float32{1, 1, 1})), gain)
		}), nil
	}}
}

func head() core.Component {
	return core.Component{Name: "linear", Doc: "A linear layer.",
		Options: []core.Option{{Name: "scale", Type: core.TypeFloat, Default: 0.5, Min: new(0.0), Max: new(1.0),
			Doc: "scale of the weights"}},
		Head: func(v core.Values) (core.Module, error) {
			return sdk.Head(func(b *graph.Builder, in sdk.HeadInput) *graph.Node {
				rows := graph.SegmentMean(in.Features, in.Offsets)
				w := b.Param(core.Param{Name: "weight", Shape: []int{max(in.Outputs, 1), rows.Size(1)},
					Init: core.Init{Kind: "normal", Value: v["scale"].(float64)}})
				return graph.Linear(rows, w, nil)
			}), nil
		}}
}

func squared() core.Component {
	return core.Component{Name: "squared", Doc: "The squared difference.", Targets: []core.TargetKind{core.TargetVector,
		core.TargetOneHot, core.TargetMultiHot},
		Loss: func(core.Values) (core.Loss, error) {
			return sdk.Loss(func(_ *graph.Builder, in sdk.LossInput) *graph.Node {
				rows := graph.SumLast(graph.Square(graph.Sub(in.Predictions, in.Targets)))
				return graph.MeanAll(graph.Mul(rows, in.Weights))
			}), nil
		}}
}

// augment makes an augmentation of a function of one frame.
func augment(change func(sdk.Frame)) core.Component {
	return core.Component{Name: "shift", Doc: "Adds to every pixel.",
		Augmentation: func(core.Values) (core.Augmentation, error) {
			return augmentationKit{func(ctx context.Context, c core.AugmentationCall) error {
				return sdk.EachFrame(ctx, c, change)
			}}, nil
		}}
}

type augmentationKit struct {
	apply func(context.Context, core.AugmentationCall) error
}

func (augmentationKit) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{}, nil
}

func (a augmentationKit) Apply(ctx context.Context, c core.AugmentationCall) error {
	return a.apply(ctx, c)
}

func shift(f sdk.Frame) {
	for i, v := range f.Pixels {
		f.Output[i] = v + uint8(f.Key)
	}
}

// strategy makes a strategy of a function that transforms.
func strategy(apply func(context.Context, core.TransformCall) error) core.Component {
	return core.Component{Name: "flip", Doc: "Trains on two classes of frames.",
		Strategy: func(core.Values) (core.Strategy, error) {
			return strategyKit{apply}, nil
		}}
}

type strategyKit struct {
	apply func(context.Context, core.TransformCall) error
}

func (strategyKit) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := core.Branch{Name: "supervised", Doc: "d", Source: core.Labeled, Unit: core.UnitSample,
		Views:  []core.View{{Name: "image"}},
		Target: core.TargetMultiHot, Origin: core.FromLabels, Outputs: in.Classes}
	proxy := core.Branch{Name: "proxy", Doc: "d", Source: core.Unlabeled, Unit: core.UnitSample,
		Views:  []core.View{{Name: "image", Transform: true}},
		Target: core.TargetOneHot, Origin: core.FromTransform, Outputs: 2}
	return core.StrategyPlan{Branches: []core.Branch{supervised, proxy}, Predict: "supervised",
		Phases: []core.Phase{{Name: "train", Doc: "d", Branches: []string{"supervised", "proxy"}}}}, nil
}

func (s strategyKit) Transform(ctx context.Context, c core.TransformCall) error {
	rows := len(c.Keys.Uint64s())
	for _, err := range []error{
		sdk.Expect("offsets", c.Offsets, c.Offsets.DType, rows+1),
		sdk.Expect("keys", c.Keys, c.Keys.DType, sdk.Any),
		sdk.Expect("frames", c.Frames, c.Frames.DType, sdk.Any, sdk.Any, sdk.Any, 3),
	} {
		if err != nil {
			return err
		}
	}
	for _, err := range []error{
		sdk.Expect("offsets", c.Offsets, 3, rows+1),
		sdk.Expect("output", c.Output, 2, c.Frames.Shape...),
		sdk.Expect("targets", c.Targets, 1, rows, 2),
	} {
		if err != nil {
			return err
		}
	}
	if last := c.Offsets.Int32s()[rows]; int(last) != c.Frames.Shape[0] {
		return sdk.Expect("frames", c.Frames, 2, int(last))
	}
	return s.apply(ctx, c)
}

// invert turns the frames of the rows with an odd key into their negatives.
func invert(_ context.Context, c core.TransformCall) error {
	frame := c.Frames.Len() / c.Frames.Shape[0]
	for r, key := range c.Keys.Uint64s() {
		class := key % 2
		c.Targets.Float32s()[2*r], c.Targets.Float32s()[2*r+1] = float32(1-class), float32(class)
		for i := int(c.Offsets.Int32s()[r]) * frame; i < int(c.Offsets.Int32s()[r+1])*frame; i++ {
			c.Output.Uint8s()[i] = c.Frames.Uint8s()[i] ^ uint8(-int8(class))
		}
	}
	return nil
}

// spoiledLoss is a loss with something done around its evaluation.
type spoiledLoss struct {
	core.Loss
	around func(context.Context, core.LossCall, func() (float64, error)) (float64, error)
}

func (s spoiledLoss) Evaluate(ctx context.Context, c core.LossCall) (float64, error) {
	return s.around(ctx, c, func() (float64, error) { return s.Loss.Evaluate(ctx, c) })
}

func spoil(around func(context.Context, core.LossCall, func() (float64, error)) (float64, error)) core.Component {
	c := squared()
	sound := c.Loss
	c.Loss = func(v core.Values) (core.Loss, error) {
		o, err := sound(v)
		return spoiledLoss{o, around}, err
	}
	return c
}
