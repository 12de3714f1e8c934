package spec

import "montage/core"

// FeatureBackbone is the backbone whose outputs are the rows of data.features. It is no
// plugin: the runner reads the rows itself.
const FeatureBackbone = "features"

// FeatureBackboneDescription describes it to spec authors.
func FeatureBackboneDescription() core.Description {
	return core.Description{Kind: core.KindBackbone, Name: FeatureBackbone,
		Doc: "Precomputed features, the rows of data.features, instead of frames: heads train on them in seconds. " +
			"It has no parameters. Nothing may change pixels: no branch has augmentations, and the strategy " +
			"transforms no views.",
		Options: []core.Option{{Name: "width", Type: core.TypeInt, Default: 0, Min: bound(0), Max: bound(100000),
			Doc: "features of a row; 0: as many as the files have, which the spec of a run states"}}}
}

// TakesFeatures reports whether samples are rows of features instead of frames.
func (s *Spec) TakesFeatures() bool { return s.Backbone != nil && s.Backbone.Plugin == FeatureBackbone }

// features reports a backbone without its data, and data without its backbone.
func (b *builder) features() {
	given, backbone := len(b.spec.Data.Features) > 0, b.spec.Backbone
	switch {
	case backbone == nil || b.spec.garbled("data"):
	case b.spec.TakesFeatures() && !given:
		b.add(b.spec.PosOf("backbone.plugin"), `features = "features.safetensors" in [data], a file that runner embed `+
			"writes", "backbone %q needs data.features", FeatureBackbone)
	case !b.spec.TakesFeatures() && given:
		b.add(b.spec.PosOf("data.features"), `[backbone] plugin = "features" reads them; or leave them out`,
			"data.features are not read: backbone %q takes pictures", backbone.Plugin)
	}
}
