package pipeline

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime"

	"golang.org/x/sys/cpu"

	"montage/core"
	"montage/core/hint"
	"montage/core/tensor"
	"montage/runner/diskcache"
	"montage/runner/model"
)

// Identified is what Plugins may implement besides. It distinguishes builds of a plugin.
type Identified interface {
	// Identity differs between builds of the plugin that serves a component.
	Identity(kind core.Kind, name string) string
}

// planPrefix puts the cache of the frozen prefix before the backbone, which is planned.
func (p *Pipeline) planPrefix() error {
	c, m := p.Spec.FeatureCache, p.Backbone
	if c == nil {
		return nil
	}
	problem := func(err error) error { return p.Spec.At("backbone.cache", err) }
	if len(m.Plan.FrozenPrefix) == 0 {
		return problem(hint.With(fmt.Errorf("backbone %q has no frozen prefix that can be cached",
			p.Spec.Backbone.Plugin),
			`freeze its first stages, for a resnet by trainable = "layer4", or take cache out`))
	}
	if _, err := tensor.Elements(append([]int{m.Input.Frames}, m.Plan.FrozenPrefix...)); err != nil {
		return problem(fmt.Errorf("the frozen prefix of backbone %q gives maps of the shape %v: %w",
			p.Spec.Backbone.Plugin, m.Plan.FrozenPrefix, err))
	}
	m.Prefix = &model.FrozenPrefix{}
	if p.Predict { // where frames are seen once
		return nil
	}
	var err error
	if p.FeatureCacheDir, err = cacheDir(c.Dir, "prefix"); err != nil {
		return problem(err)
	}
	m.Prefix.Open = p.openCache
	return nil
}

// openCache opens the feature cache of the frozen prefix with some frozen values.
func (p *Pipeline) openCache(frozen [32]byte) model.FeatureStore {
	name := sha256.Sum256(fmt.Appendf(nil, "%s\n%x", p.prefixIdentity(), frozen))
	return diskcache.Open(diskcache.Config{Dir: p.FeatureCacheDir, Name: fmt.Sprintf("%x", name[:16]),
		Limit: p.Spec.FeatureCache.Limit, Table: "backbone.cache", Log: p.Log})
}

// prefixIdentity describes all that the frozen prefix's values depend on, beside its parameters
// and the pixels: the plugin's build, and the processor, by which kernels are chosen.
func (p *Pipeline) prefixIdentity() string {
	c, build := p.Spec.Backbone, ""
	if identified, ok := p.Plugins.(Identified); ok {
		build = identified.Identity(core.KindBackbone, c.Plugin)
	}
	options, err := json.Marshal(c.Values)
	if err != nil {
		options = fmt.Append(nil, c.Values)
	}
	return fmt.Sprintf("prefix 1, %s of %s with %s, %d pixels, %v, %s %v %v %v", c.Plugin, build, options,
		p.Backbone.Input.Size, p.Backbone.Plan.FrozenPrefix, runtime.GOARCH, cpu.X86.HasAVX2, cpu.X86.HasFMA,
		cpu.X86.HasAVX512F)
}

// PrefixMaps returns the most maps that training caches. There are fewer where two variants
// of a frame are equal.
func (p *Pipeline) PrefixMaps() (n int) {
	for _, b := range p.Branches {
		if !b.Trained() {
			continue
		}
		frames := 0
		for _, sample := range p.Inputs[b.Name].Sampler.Data.Samples {
			frames += min(len(sample.Frames), b.Frames)
		}
		for _, v := range b.Views {
			if v.SharesFramesOf == "" {
				n += frames * max(v.Copies, 1) * p.Spec.FeatureCache.Variants
			}
		}
	}
	return n
}
