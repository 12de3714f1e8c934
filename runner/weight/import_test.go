package weight

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"montage/core/hint"
	"montage/core/tensor"
)

// backbone is a model with the shapes of the fixture's ResNet-18, without classifier.
func backbone(t *testing.T) []Named {
	t.Helper()
	var model []Named
	for name, want := range readExpected(t).ResNet18 {
		if !strings.HasPrefix(name, "fc.") {
			model = append(model, Named{name, tensor.New(tensor.Float32, want.Shape...)})
		}
	}
	return model
}

func TestImportStartsABackbone(t *testing.T) {
	for _, file := range []string{"resnet18.pth", "resnet18_legacy.pth"} {
		model := backbone(t)
		report, err := Import(fixture(file), model)
		if err != nil || report.Doubtful() {
			t.Errorf("%s: %v, %v", file, report, err)
		}
		if got := report.String(); got != "100 matched, 0 missing, 2 fc.bias fc.weight unexpected (the file's own "+
			"classifier)" {
			t.Errorf("%s: %s", file, got)
		}
		loaded, _ := Load(fixture(file))
		for _, m := range model {
			if fmt.Sprint(m.Tensor.Float32s()) != fmt.Sprint(loaded[m.Name].Float32s()) {
				t.Errorf("%s: %s was not copied", file, m.Name)
			}
		}
	}
}

// TestImportUnwraps the state dict of a checkpoint and the prefix of its names.
func TestImportUnwraps(t *testing.T) {
	model := backbone(t)
	report, err := Import(fixture("wrapped.pth"), model)
	if err != nil || report.Matched != 5 || len(report.Missing) != 95 || !report.Doubtful() {
		t.Errorf("%v, %v", report, err)
	}
	want := `1 module.projector.weight unexpected, taken from key "state_dict" and prefix "module.backbone."`
	if !strings.HasSuffix(report.String(), want) {
		t.Errorf("got %v\nwant %s", report, want)
	}
}

func TestImportReportsOtherTypes(t *testing.T) {
	report, err := Import(fixture("kinds.pth"), []Named{{"scalar", tensor.New(tensor.Float32)}})
	if err != nil || report.Matched != 1 || !report.Doubtful() ||
		!strings.HasSuffix(report.String(), "2 index mask left out as integers") {
		t.Errorf("%v, %v", report, err)
	}
}

func TestImportRefusesAnotherWidth(t *testing.T) {
	model := backbone(t)
	for i := range model {
		model[i].Tensor = tensor.New(tensor.Float32, 9)
	}
	_, err := Import(fixture("resnet18.pth"), model)
	if err == nil || !strings.Contains(hint.Text(err), "\nand 92 more\nhint: ") ||
		!strings.Contains(hint.Text(err), "in the file and [9] in the model") {
		t.Errorf("got %v", err)
	}
}

// TestImportChoosesThePrefix that finds most, and none where names match as they are.
func TestImportChoosesThePrefix(t *testing.T) {
	one := func() tensor.Tensor { return tensor.New(tensor.Float32, 1) }
	model := []Named{{"a.w", one()}, {"b.w", one()}}
	for _, c := range []struct {
		names      []string
		prefix     string
		unexpected string
	}{
		{[]string{"a.w", "b.w", "module.a.w"}, "", "[module.a.w]"},
		{[]string{"module.a.w", "module.b.w", "module.fc.w", "b.w"}, "module.", "[fc.w]"},
		{[]string{"model.module.a.w", "encoder.x"}, "model.module.", "[encoder.x]"},
		{[]string{"other.a.w"}, "", "[other.a.w]"},
		{[]string{"encoder_q.a.w", "encoder_q.b.w", "module.a.w"}, "encoder_q.", "[module.a.w]"},
	} {
		var tensors []Named
		for _, name := range c.names {
			tensors = append(tensors, Named{name, one()})
		}
		report, err := importOf(t, tensors, model)
		unwrapped := []string(nil)
		if c.prefix != "" {
			unwrapped = []string{fmt.Sprintf("prefix %q", c.prefix)}
		}
		if err != nil || fmt.Sprint(report.Unwrapped) != fmt.Sprint(unwrapped) ||
			fmt.Sprint(report.Unexpected) != c.unexpected {
			t.Errorf("%v: %v, %v", c.names, report, err)
		}
	}
	twice := []Named{{"encoder.a.w", one()}, {"backbone.a.w", one()}}
	if _, err := importOf(t, twice, model); err == nil ||
		!strings.Contains(err.Error(), `twice, under "backbone." and "encoder."`) {
		t.Errorf("ambiguous: %v", err)
	}
}

func importOf(t *testing.T, tensors, model []Named) (MatchReport, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := Save(path, tensors); err != nil {
		t.Fatal(err)
	}
	return Import(path, model)
}
