package weight

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"montage/core/tensor"
)

func sample() []Named {
	return []Named{
		{"fc.weight", tensor.FromFloat32([]float32{1, 2, 3, 4, 5, 6}, 2, 3)},
		{"fc.bias", tensor.FromFloat32([]float32{-1, 0.5}, 2)},
		{"scale", tensor.New(tensor.Float32, 1)},
	}
}

func TestSaveThenLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := Save(path, sample()); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range sample() {
		if got := loaded[n.Name]; !tensor.Same(got, n.Tensor) || !bytes.Equal(got.Bytes(), n.Tensor.Bytes()) {
			t.Errorf("%s came back as %v", n.Name, got)
		}
	}
	first, _ := os.ReadFile(path)
	reversed := sample()
	reversed[0], reversed[2] = reversed[2], reversed[0]
	if err := Save(path, reversed); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.ReadFile(path); !bytes.Equal(first, second) {
		t.Error("the bytes depend on the order of the tensors")
	}
}

func TestLoadRefusesDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.safetensors")
	if err := Save(path, sample()); err != nil {
		t.Fatal(err)
	}
	good, _ := os.ReadFile(path)
	for name, raw := range map[string][]byte{
		"empty":     {},
		"truncated": good[:len(good)-1],
		"longer":    append(bytes.Clone(good), 0),
		"header":    append([]byte{255, 255, 255, 255, 255, 255, 255, 255}, good[8:]...),
		"not json":  bytes.Replace(good, []byte("fc.bias"), []byte("fc.b\"as"), 1),
	} {
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load(filepath.Join(dir, "w.pth")); err == nil || !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("other format: %v", err)
	}
}

func TestFillReportsNamesAndRefusesShapes(t *testing.T) {
	model := []Named{
		{"fc.weight", tensor.New(tensor.Float32, 2, 3)},
		{"gone", tensor.New(tensor.Float32, 1)},
	}
	loaded := map[string]tensor.Tensor{"fc.weight": sample()[0].Tensor, "fc.bias": sample()[1].Tensor}
	report, err := Fill(model, loaded)
	if err != nil || report.String() != "1 matched, 1 gone missing, 1 fc.bias unexpected" || model[0].Tensor.Float32s()[5] != 6 {
		t.Errorf("%v, %v", report, err)
	}
	model[0].Tensor = tensor.New(tensor.Float32, 3, 2)
	if _, err := Fill(model, loaded); err == nil || !strings.Contains(err.Error(), "fc.weight has shape [2 3] in the file and [3 2] in the model") {
		t.Errorf("wrong shape: %v", err)
	}
	if model[0].Tensor.Float32s()[5] != 0 {
		t.Error("a refused file was copied")
	}
}

func FuzzLoad(f *testing.F) {
	path := filepath.Join(f.TempDir(), "w.safetensors")
	if err := Save(path, sample()); err != nil {
		f.Fatal(err)
	}
	good, _ := os.ReadFile(path)
	f.Add(good)
	f.Fuzz(func(t *testing.T, raw []byte) {
		tensors, err := parse("w.safetensors", raw)
		for name, x := range tensors {
			if n, _ := tensor.Elements(x.Shape); err != nil || n != x.Len() {
				t.Errorf("%s is %v of %d elements, with %v", name, x, x.Len(), err)
			}
		}
	})
}

// TestLoadLeavesCountersOut reads what PyTorch writes for a batch normalisation:
// a scalar of int64 beside the float32 tensors.
func TestLoadLeavesCountersOut(t *testing.T) {
	header := `{"bn1.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"bn1.bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}`
	raw := append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header...)
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := os.WriteFile(path, append(raw, make([]byte, 16)...), 0o644); err != nil {
		t.Fatal(err)
	}
	tensors, err := Load(path)
	if err != nil || len(tensors) != 1 || tensors["bn1.bias"].Len() != 2 {
		t.Errorf("got %v, %v", tensors, err)
	}
}
