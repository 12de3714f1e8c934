package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/checkpoint"
	"montage/runner/engine"
	"montage/runner/pipeline"
	"montage/runner/synth"
)

// cachedSpec has two branches over 8 samples of 2 frames each, which augmentations
// and a strategy change in two ways.
const cachedSpec = `
name = "cached"
[data]
labeled = "data/train.csv"
unlabeled = "data/unlabeled.csv"
frames = 2
size = 32
batch = 4
[backbone]
plugin = "resnet18"
width = 8
trainable = "layer4"
batchnorm = "frozen"
cache = { variants = 2, dir = "maps" }
[strategy]
plugin = "sesemi"
[branch.supervised]
augment = [{ plugin = "affine", rotate = [-15, 15] }, { plugin = "mirror" }]
head = { plugin = "mlp", hidden = [8], dropout = 0.3 }
loss = { plugin = "bce" }
[branch.proxy]
head = { plugin = "mlp", dropout = 0.3 }
loss = { plugin = "cross-entropy" }
[phase.joint]
epochs = 4
`

// allMaps is the number of maps that training with cachedSpec makes.
const allMaps = 2 * 8 * 2 * 2

// counting is inProcess with a backbone that counts its frames.
type counting struct {
	inProcess
	prefix, whole, rest *int
}

func (c counting) New(kind core.Kind, name string, v core.Values) (any, error) {
	made, err := c.inProcess.New(kind, name, v)
	if module, ok := made.(core.Module); ok && kind == core.KindBackbone {
		return counted{module, c}, err
	}
	return made, err
}

type counted struct {
	core.Module
	counting
}

func (c counted) Forward(ctx context.Context, call core.ModuleForward) error {
	switch {
	case !call.PrefixOutput.IsZero():
		*c.prefix += call.Frames.Shape[0]
	case !call.PrefixFeatures.IsZero():
		*c.rest += call.PrefixFeatures.Shape[0]
	default:
		*c.whole += call.Frames.Shape[0]
	}
	return c.Module.Forward(ctx, call)
}

// cached is a folder with the spec and its data.
type cached struct {
	*testing.T
	dir string
}

func newCached(t *testing.T) cached {
	t.Helper()
	c := synth.Default()
	dir := t.TempDir()
	c.Dir, c.Train, c.Test, c.Unlabeled, c.Classes, c.MinFrames, c.MaxFrames = filepath.Join(dir, "data"), 8, 1, 8, 3,
		2, 2
	if err := synth.Write(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cached.toml"), cachedSpec)
	return cached{t, dir}
}

func (c cached) newPipeline(plugins pipeline.Plugins, overrides ...string) *pipeline.Pipeline {
	c.Helper()
	s, problems := spec.Load(filepath.Join(c.dir, "cached.toml"), overrides)
	if err := problems.Err(); err != nil {
		c.Fatal(err)
	}
	built, err := pipeline.New(c.Context(), pipeline.Config{Spec: s, Plugins: plugins, Log: zerolog.Nop()})
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(built.Close)
	if err := built.Build(); err != nil {
		c.Fatal(err)
	}
	return built
}

// train trains to the end and returns the state and the frames that went through the
// frozen prefix, by epoch.
func (c cached) train(overrides ...string) (end string, prefix []int) {
	c.Helper()
	plugins := counting{prefix: new(int), whole: new(int), rest: new(int)}
	built := c.newPipeline(plugins, overrides...)
	defer built.Close()
	e, before := built.Engine(), 0
	e.OnEpoch = func(_ context.Context, _ engine.EpochReport) error {
		prefix = append(prefix, *plugins.prefix-before)
		before = *plugins.prefix
		return nil
	}
	if err := e.Run(c.Context()); err != nil {
		c.Fatal(err)
	}
	if *plugins.whole != 0 || *plugins.rest != 4*2*8*2 {
		c.Errorf("%d frames went through the whole backbone, %d through what follows the prefix",
			*plugins.whole, *plugins.rest)
	}
	return fmt.Sprint(snapshot(built)), prefix
}

// damage flips a byte in the middle of one file of the cache and tears another.
func (c cached) damage() {
	c.Helper()
	for pattern, change := range map[string]func([]byte) []byte{
		"*.maps":  func(b []byte) []byte { b[len(b)/2] ^= 8; return b },
		"*.index": func(b []byte) []byte { return b[:len(b)-60] },
	} {
		files, err := filepath.Glob(filepath.Join(c.dir, "maps", "*", pattern))
		if err != nil || len(files) != 1 {
			c.Fatal(files, err)
		}
		raw, err := os.ReadFile(files[0])
		if err != nil {
			c.Fatal(err)
		}
		write(c.T, files[0], string(change(raw)))
	}
}

// TestFeatureCacheChangesNothing: whatever is found in the cache, training ends with
// the same bits; and what is found is not computed.
func TestFeatureCacheChangesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("trains seven times")
	}
	c := newCached(t)
	cold, prefix := c.train()
	// In the second epoch the strategy may draw for a sample what it drew in the first.
	if prefix[0] != allMaps/2 || prefix[1] <= allMaps/4 || prefix[1] > allMaps/2 || prefix[2]+prefix[3] != 0 {
		t.Errorf("frames through the prefix by epoch: %v", prefix)
	}
	warm, prefix := c.train()
	if fmt.Sprint(prefix) != "[0 0 0 0]" || warm != cold {
		t.Errorf("a warm cache: frames %v, the same end %v", prefix, warm == cold)
	}
	c.damage()
	damaged, prefix := c.train()
	// one flipped, two torn, others of a batch again
	if sum := prefix[0] + prefix[1]; sum < 3 || sum > 5 || damaged != cold {
		t.Errorf("a damaged cache: frames %v, the same end %v", prefix, damaged == cold)
	}
	none, prefix := c.train("backbone.cache.limit=0", "backbone.cache.dir="+filepath.Join(c.dir, "empty"))
	if fmt.Sprint(prefix) != fmt.Sprint([]int{32, 32, 32, 32}) || none != cold {
		t.Errorf("no room: frames %v, the same end %v", prefix, none == cold)
	}
	other, prefix := c.train("seed=8")
	if prefix[0] != allMaps/2 || other == cold {
		t.Errorf("other weights: frames %v, the same end %v", prefix, other == cold)
	}
	if folders, _ := os.ReadDir(filepath.Join(c.dir, "maps")); len(folders) != 2 {
		t.Errorf("%d folders for two prefixs", len(folders))
	}
}

// TestFeatureCacheSurvives stops in the second epoch, with a store that is gone by then.
func TestFeatureCacheSurvives(t *testing.T) {
	if testing.Short() {
		t.Skip("trains twice")
	}
	c := newCached(t)
	cold, _ := c.train()
	saved := filepath.Join(c.dir, "saved")
	first := c.newPipeline(inProcess{}, "backbone.cache.dir="+filepath.Join(c.dir, "elsewhere"))
	until(t, first, first.Engine(), 3, saved)
	content, err := checkpoint.Folder{Dir: saved}.Load(checkpoint.Last)
	if err != nil {
		t.Fatal(err)
	}
	second := c.newPipeline(inProcess{}) // on what the undisturbed run left
	e := second.Engine()
	if err := e.Restore(content); err != nil {
		t.Fatal(err)
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(snapshot(second)) != cold {
		t.Error("a continued run ends elsewhere")
	}
}

// TestNothingToCache is an error at the key.
func TestNothingToCache(t *testing.T) {
	c := newCached(t)
	s, problems := spec.Load(filepath.Join(c.dir, "cached.toml"), []string{"backbone.trainable=all"})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	_, err := pipeline.New(t.Context(), pipeline.Config{Spec: s, Plugins: inProcess{}, Log: zerolog.Nop()})
	want := "cached.toml:14:9: backbone \"resnet18\" has no frozen prefix that can be cached\nhint: "
	if err == nil || !strings.Contains(hint.Text(err), want) {
		t.Errorf("error is %v", err)
	}
}
