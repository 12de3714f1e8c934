package weight

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"montage/core/hint"
	"montage/core/tensor"
)

func sample() []Named {
	return []Named{
		{"fc.weight", tensor.FromFloat32([]float32{1, 2, 3, 4, 5, 6}, 2, 3)},
		{"fc.bias", tensor.FromFloat32([]float32{-1, 0.5}, 2)},
		{"scale", tensor.New(tensor.Float32)},
		{"bn.running_mean", tensor.FromFloat32([]float32{7}, 1)},
	}
}

func saved(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := Save(path, sample()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSaveThenLoad(t *testing.T) {
	path := saved(t)
	loaded, err := Load(path)
	if err != nil || len(loaded) != len(sample()) {
		t.Fatalf("%d tensors, %v", len(loaded), err)
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

func TestSaveRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	for want, tensors := range map[string][]Named{
		"weights are float32":       {{"x", tensor.New(tensor.Uint8, 1)}},
		"two tensors are named x":   {sample()[0], {"x", sample()[1].Tensor}, {"x", sample()[1].Tensor}},
		"b is none; weights are fl": {{"b", tensor.Tensor{}}},
	} {
		if err := Save(path, tensors); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLoadRefusesDamage(t *testing.T) {
	path := saved(t)
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
		if _, err := Load(path); err == nil || !strings.Contains(hint.Text(err), path) ||
			!strings.Contains(hint.Text(err), "\nhint: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load(filepath.Dir(path)); err == nil || !strings.Contains(err.Error(), "expected a regular file") {
		t.Errorf("a folder: %v", err)
	}
}

// entry is a tensor in a safetensors header.
type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

func fileOf(header map[string]entry, data []byte) []byte {
	raw, _ := json.Marshal(header)
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(raw))), raw...), data...)
}

// TestLoadConvertsSafetensors reads the types other than float32. The values are
// those of the IEEE formats' definitions; the .pth fixtures compare with PyTorch.
func TestLoadConvertsSafetensors(t *testing.T) {
	raw := fileOf(map[string]entry{
		"double": {"F64", []int{1}, [2]int{0, 8}},
		"count":  {"I64", []int{}, [2]int{8, 16}},
		"half":   {"F16", []int{3}, [2]int{16, 22}},
		"brain":  {"BF16", []int{1}, [2]int{22, 24}},
	}, []byte("\x00\x00\x00\x00\x00\x00\xf8\xbf"+"\x01\x00\x00\x00\x00\x00\x00\x00"+"\x00\x3c\x01\x00\x00\xfc"+
		"\x49\x40"))
	f, err := parse(raw)
	if err != nil || len(f.tensors) != 3 || fmt.Sprint(f.leftOut) != "[count]" {
		t.Fatalf("%v, %v", f, err)
	}
	for name, want := range map[string]string{"double": "[-1.5]", "half": "[1 5.9604645e-08 -Inf]",
		"brain": "[3.140625]"} {
		if got := fmt.Sprint(f.tensors[name].Float32s()); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	over := fileOf(map[string]entry{"x": {"F64", []int{1}, [2]int{0, 8}}}, []byte("\x00\x00\x00\x00\x00\x00\xf0\x7e"))
	if _, err := parse(over); err == nil || !strings.Contains(err.Error(),
		`tensor "x": a float64 value is beyond the range of float32`) {
		t.Errorf("too large: %v", err)
	}
}

func TestFillReportsNamesAndRefusesShapes(t *testing.T) {
	model := []Named{
		{"fc.weight", tensor.New(tensor.Float32, 2, 3)},
		{"gone", tensor.New(tensor.Float32, 1)},
	}
	loaded := map[string]tensor.Tensor{"fc.weight": sample()[0].Tensor, "other": sample()[1].Tensor,
		"bn.num_batches_tracked": sample()[2].Tensor}
	report, err := Fill(model, loaded)
	if err != nil || report.String() != "1 matched, 1 gone missing, 1 other unexpected" ||
		model[0].Tensor.Float32s()[5] != 6 {
		t.Errorf("%v, %v", report, err)
	}
	model[0].Tensor = tensor.New(tensor.Float32, 3, 2)
	if _, err := Fill(model, loaded); err == nil || !strings.Contains(err.Error(), "fc.weight has shape [2 3] in the "+
		"file and [3 2] in the model") {
		t.Errorf("wrong shape: %v", err)
	}
	if model[0].Tensor.Float32s()[5] != 0 {
		t.Error("a refused file was copied")
	}
}
