package sdk

import "montage/core"

// Supervised is the branch of supervised training, which most strategies have: it predicts
// the labels of labelled samples, from one augmented view.
func Supervised(in core.StrategyInput) core.Branch {
	return core.Branch{
		Name: "supervised", Doc: "predicts the labels of a labelled sample",
		Source: core.Labeled, Unit: core.UnitSample,
		Views:  []core.View{{Name: "image", Augment: true}},
		Target: core.TargetMultiHot, Origin: core.FromLabels, Outputs: in.Classes,
	}
}
