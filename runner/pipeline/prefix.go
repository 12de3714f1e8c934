package pipeline

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/cpu"

	"montage/core"
	"montage/core/hint"
	"montage/core/tensor"
	"montage/runner/featurecache"
	"montage/runner/model"
)

// Identified is what Plugins may be besides: it tells programs apart.
type Identified interface {
	// Identity changes with the program that serves a component.
	Identity(kind core.Kind, name string) string
}

// planPrefix puts the cache of the frozen prefix before the backbone, which is planned.
func (a *Pipeline) planPrefix() error {
	c, part := a.Spec.FeatureCache, a.Backbone
	if c == nil {
		return nil
	}
	problem := func(err error) error { return a.Spec.At("backbone.cache", err) }
	if len(part.Plan.FrozenPrefix) == 0 {
		return problem(hint.With(fmt.Errorf("backbone %q has no frozen part that can be cached",
			a.Spec.Backbone.Plugin),
			`freeze its first stages, for a resnet by trainable = "layer4", or take cache out`))
	}
	if _, err := tensor.Elements(append([]int{part.Input.Frames}, part.Plan.FrozenPrefix...)); err != nil {
		return problem(fmt.Errorf("the frozen part of backbone %q gives maps of the shape %v: %w",
			a.Spec.Backbone.Plugin, part.Plan.FrozenPrefix, err))
	}
	part.Prefix = &model.FrozenPrefix{}
	if a.Predict { // where frames are seen once
		return nil
	}
	if a.FeatureCacheDir = c.Dir; a.FeatureCacheDir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return problem(hint.With(fmt.Errorf("there is no folder for the cache: %w", err), "name one by dir"))
		}
		a.FeatureCacheDir = filepath.Join(dir, "montage", "prefix")
	}
	part.Prefix.Open = a.openPrefix
	return nil
}

// openPrefix opens the maps of the frozen prefix with some frozen values.
func (a *Pipeline) openPrefix(frozen [32]byte) *featurecache.Cache {
	name := sha256.Sum256(fmt.Appendf(nil, "%s\n%x", a.prefixIdentity(), frozen))
	return featurecache.Open(featurecache.Config{Dir: a.FeatureCacheDir, Name: fmt.Sprintf("%x", name[:16]),
		Limit: a.Spec.FeatureCache.Limit, Log: a.Log})
}

// prefixIdentity tells of all that the frozen prefix's values depend on, beside its parameters
// and the pixels: the program, and the processor, by which kernels are chosen.
func (a *Pipeline) prefixIdentity() string {
	c, program := a.Spec.Backbone, ""
	if p, ok := a.Plugins.(Identified); ok {
		program = p.Identity(core.KindBackbone, c.Plugin)
	}
	options, err := json.Marshal(c.Values)
	if err != nil {
		options = fmt.Append(nil, c.Values)
	}
	return fmt.Sprintf("prefix 1, %s of %s with %s, %d pixels, %v, %s %v %v %v", c.Plugin, program, options,
		a.Backbone.Input.Size, a.Backbone.Plan.FrozenPrefix, runtime.GOARCH, cpu.X86.HasAVX2, cpu.X86.HasFMA,
		cpu.X86.HasAVX512F)
}

// PrefixMaps counts the maps that training keeps at most: fewer where a variant of a
// frame is like another.
func (a *Pipeline) PrefixMaps() (n int) {
	for _, b := range a.Branches {
		if b.Untrained {
			continue
		}
		frames := 0
		for _, t := range b.Feed.Sampler.Data.Samples {
			frames += min(len(t.Frames), b.Frames)
		}
		for _, v := range b.Views {
			if v.SharesFramesOf == "" {
				n += frames * max(v.Copies, 1) * a.Spec.FeatureCache.Variants
			}
		}
	}
	return n
}

// Close lets go of files. Whoever trains closes the assembly.
func (a *Pipeline) Close() { a.Backbone.Prefix.Close() }
