package pipeline

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"montage/core"
	"montage/core/tensor"
)

// featured is text with features in place of frames, beside those of its samples.
func featured(t *testing.T, width int) (path string) {
	t.Helper()
	changed := strings.NewReplacer(`[backbone]
plugin = "any"`, `[backbone]
plugin = "features"`, "augment = [{ plugin = \"flip\" }]\n", "", `size = 32`, `features = "features.csv"`).Replace(text)
	path = workplace(t, changed)
	rows := "id"
	for j := range width {
		rows += fmt.Sprintf(",f%d", j)
	}
	for split, n := range map[string]int{"train": 4, "test": 2, "unlabeled": 3} {
		for i := range n {
			rows += fmt.Sprintf("\n%s-%05d", split, i+1) + strings.Repeat(",0.5", width)
		}
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "features.csv"), []byte(rows+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFeaturesAreTheBackbone: heads take rows of the files' width, which the spec then states,
// and no plugin is asked for a backbone.
func TestFeaturesAreTheBackbone(t *testing.T) {
	plugins := two()
	plugins.fail["new backbone"] = errBroken
	p, err := open(t, featured(t, 7), plugins, &bytes.Buffer{})
	if err == nil {
		err = p.Build()
	}
	if err != nil {
		t.Fatal(err)
	}
	if p.Backbone.Plan.Outputs != 7 || plugins.heads[0].Features != 7 || plugins.heads[0].InputGradient ||
		!strings.Contains(string(p.Spec.Resolved()), "plugin = \"features\"\nmicro_batch = 0\nwidth = 7\n") {
		t.Errorf("backbone %+v, heads %+v\n%s", p.Backbone.Plan, plugins.heads, p.Spec.Resolved())
	}
	set := p.Data.Labeled
	if len(set.Samples) != 4 || set.Samples[0].Rows == "" || len(p.Data.Unlabeled.Samples) != 3 {
		t.Errorf("samples %+v", set.Samples)
	}
}

// TestFeaturesPassThrough the backbone, bit for bit.
func TestFeaturesPassThrough(t *testing.T) {
	in, out := tensor.FromFloat32([]float32{1, -2, 0.1, 4}, 2, 2), tensor.New(tensor.Float32, 2, 2)
	call := core.ModuleForward{Output: out}
	call.Frames = tensor.FromUint8(in.Bytes(), 2, 8)
	b := featureBackbone{width: 2}
	if err := b.Forward(t.Context(), call); err != nil || !bytes.Equal(out.Bytes(), in.Bytes()) {
		t.Errorf("%v, %v", out.Float32s(), err)
	}
	if err := b.Backward(t.Context(), core.ModuleBackward{}); err != nil {
		t.Error(err)
	}
}

// TestFeaturesHaveNoPixels: what would change them is an error at its line, in branches that
// are trained.
func TestFeaturesHaveNoPixels(t *testing.T) {
	path := featured(t, 2)
	for _, c := range []struct {
		transform bool
		overrides []string
		want      string
	}{
		{overrides: []string{`branch.match.augment=[{plugin="flip"}]`},
			want: `augment=[{plugin="flip"}]: augmentation "flip" changes pixels, and features have none`},
		{transform: true,
			want: `two.toml:14:10: strategy "two" transforms the frames of branch "match", and features have`},
		{overrides: []string{"backbone.width=3"}, want: "width = 3, but the rows of data.features have 2 features"},
		{transform: true, overrides: []string{"phase.joint.epochs=0"}},
		{overrides: []string{"backbone.cache.variants=2"}, want: `backbone "features" has no frozen prefix`},
	} {
		plugins := two()
		plugins.plan.Branches[1].Views[1].Transform = c.transform
		_, err := open(t, path, plugins, &bytes.Buffer{}, c.overrides...)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
}
