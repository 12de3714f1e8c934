package assembly

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/cpu"

	"montage/core"
	"montage/core/spec"
	"montage/core/tensor"
	"montage/runner/model"
	"montage/runner/trunk"
)

// Identified is what Plugins may be besides: it tells programs apart.
type Identified interface {
	// Identity changes with the program that serves a component.
	Identity(kind core.Kind, name string) string
}

// planTrunk puts the cache of the trunk before the backbone, which is planned.
func (a *Assembly) planTrunk() error {
	c, part := a.Spec.TrunkCache, a.Backbone
	if c == nil {
		return nil
	}
	problem := func(format string, args ...any) error {
		return spec.Problems{a.Spec.At("backbone.cache", fmt.Errorf(format, args...))}
	}
	if len(part.Plan.Trunk) == 0 {
		return problem("backbone %q has no frozen part that can be cached\nhint: freeze its first stages, for a resnet by trainable = \"layer4\", or take cache out", a.Spec.Backbone.Plugin)
	}
	if _, err := tensor.Elements(append([]int{part.Input.Frames}, part.Plan.Trunk...)); err != nil {
		return problem("the frozen part of backbone %q gives maps of the shape %v: %w", a.Spec.Backbone.Plugin, part.Plan.Trunk, err)
	}
	part.Trunk = &model.Trunk{}
	if a.Predict { // where frames are seen once
		return nil
	}
	if a.TrunkDir = c.Dir; a.TrunkDir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return problem("there is no folder for the cache: %w\nhint: name one by dir", err)
		}
		a.TrunkDir = filepath.Join(dir, "montage", "trunk")
	}
	part.Trunk.Open = a.openTrunk
	return nil
}

// openTrunk opens the maps of the trunk with some frozen values.
func (a *Assembly) openTrunk(frozen [32]byte) *trunk.Store {
	name := sha256.Sum256(fmt.Appendf(nil, "%s\n%x", a.trunkIdentity(), frozen))
	return trunk.Open(trunk.Config{Dir: a.TrunkDir, Name: fmt.Sprintf("%x", name[:16]), Limit: a.Spec.TrunkCache.Limit, Log: a.Log})
}

// trunkIdentity tells of all that the trunk's values depend on, beside its parameters
// and the pixels: the program, and the processor, by which kernels are chosen.
func (a *Assembly) trunkIdentity() string {
	c, program := a.Spec.Backbone, ""
	if p, ok := a.Plugins.(Identified); ok {
		program = p.Identity(core.KindBackbone, c.Plugin)
	}
	options, err := json.Marshal(c.Values)
	if err != nil {
		options = fmt.Append(nil, c.Values)
	}
	return fmt.Sprintf("trunk 1, %s of %s with %s, %d pixels, %v, %s %v %v %v", c.Plugin, program, options,
		a.Backbone.Input.Size, a.Backbone.Plan.Trunk, runtime.GOARCH, cpu.X86.HasAVX2, cpu.X86.HasFMA, cpu.X86.HasAVX512F)
}

// TrunkMaps counts the maps that training keeps at most: fewer where a variant of a
// frame is like another.
func (a *Assembly) TrunkMaps() (n int) {
	for _, b := range a.Branches {
		if b.Untrained {
			continue
		}
		frames := 0
		for _, t := range b.Feed.Sampler.Data.Trailers {
			frames += min(len(t.Frames), b.Frames)
		}
		for _, v := range b.Views {
			if v.Of == "" {
				n += frames * max(v.Copies, 1) * a.Spec.TrunkCache.Variants
			}
		}
	}
	return n
}

// Close lets go of files. Whoever trains closes the assembly.
func (a *Assembly) Close() { a.Backbone.Trunk.Close() }
