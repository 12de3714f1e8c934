package sdk

import "montage/core"

// Genre is the branch of supervised training, which most strategies have: it predicts
// the genres of labelled trailers, from one augmented view.
func Genre(in core.StrategyInput) core.Branch {
	return core.Branch{
		Name: "genre", Doc: "predicts the genres of a labelled trailer",
		Source: core.Labeled, Unit: core.UnitTrailer,
		Views:  []core.View{{Name: "image", Augment: true}},
		Target: core.TargetMultiHot, Origin: core.FromLabels, Outputs: in.Classes,
	}
}
