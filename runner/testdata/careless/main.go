// Command careless is a plugin whose components break their contracts.
package main

import (
	"context"

	"montage/core"
	"montage/core/sdk"
)

func main() {
	sdk.Serve("careless", "1.0.0",
		core.Component{
			Name: "halved", Doc: "The sum of the predictions, with half its gradient.",
			Targets: []core.TargetKind{core.TargetNone},
			Loss:    func(core.Values) (core.Loss, error) { return halved{}, nil },
		},
		core.Component{
			Name: "trusting", Doc: "Leaves frames as they are, and does not look at what it is given.",
			Augmentation: func(core.Values) (core.Augmentation, error) { return trusting{}, nil },
		})
}

type halved struct{}

// Plan accepts anything.
func (halved) Plan(core.LossInput) (core.LossPlan, error) { return core.LossPlan{}, nil }

// Evaluate checks shapes, but is wrong.
func (halved) Evaluate(_ context.Context, c core.LossCall) (sum float64, err error) {
	rows, width := -1, -1
	if len(c.Predictions.Shape) == 2 {
		rows, width = c.Predictions.Shape[0], c.Predictions.Shape[1]
	}
	if err := sdk.Expect("predictions", c.Predictions, 1, rows, width); err != nil || rows < 0 {
		return 0, core.ErrShape
	}
	for i, v := range c.Predictions.Float32s() {
		sum += float64(v)
		if !c.GradPredictions.IsZero() {
			c.GradPredictions.Float32s()[i] = 0.5
		}
	}
	return sum, nil
}

type trusting struct{}

// Plan says that nothing changes.
func (trusting) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{}, nil
}

// Apply copies pixel by pixel, whatever the shapes.
func (trusting) Apply(_ context.Context, c core.AugmentationCall) error {
	out := c.Output.Uint8s()
	for i, v := range c.Frames.Uint8s() {
		out[i] = v
	}
	return nil
}
