package weight

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"montage/core/hint"
	"montage/core/tensor"
)

// expected is what testdata/fixtures.py says of the files it made.
type expected struct {
	Kinds    map[string]stored `json:"kinds"`
	Of2017   map[string]stored `json:"of_2017"`
	ResNet18 map[string]struct {
		Shape []int
		Sum   float64
	} `json:"resnet18"`
}

type stored struct {
	Shape []int
	Bits  []string
}

func fixture(name string) string { return filepath.Join("testdata", name) }

func readExpected(t *testing.T) (e expected) {
	t.Helper()
	raw, err := os.ReadFile(fixture("expected.json"))
	if err == nil {
		err = json.Unmarshal(raw, &e)
	}
	if err != nil || len(e.Kinds) < 12 || len(e.Of2017) != 2 || len(e.ResNet18) < 100 {
		t.Fatalf("expected.json: %v", err)
	}
	return e
}

// same compares bit by bit, so that -0 and infinity count.
func same(t *testing.T, file string, got map[string]tensor.Tensor, want map[string]stored) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s has %d tensors, want %d", file, len(got), len(want))
	}
	for name, w := range want {
		x, ok := got[name]
		if !ok || !tensor.SameShape(x.Shape, w.Shape) || x.Len() != len(w.Bits) {
			t.Errorf("%s: %s is %v, want shape %v", file, name, x, w.Shape)
			continue
		}
		for i, v := range x.Float32s() {
			if bits := fmt.Sprintf("%08x", math.Float32bits(v)); bits != w.Bits[i] {
				t.Errorf("%s: %s[%d] is %s (%g), PyTorch has %s", file, name, i, bits, v, w.Bits[i])
				break
			}
		}
	}
}

// TestLoadReadsWhatPyTorchSaves covers both formats, all element types, and
// tensors that are transposed, sliced, expanded, shared, scalar, empty.
func TestLoadReadsWhatPyTorchSaves(t *testing.T) {
	e := readExpected(t)
	for file, want := range map[string]map[string]stored{
		"kinds.pth": e.Kinds, "kinds_legacy.pth": e.Kinds, "kinds_protocol4.pth": e.Kinds, "of_2017.pth": e.Of2017,
	} {
		got, err := Load(fixture(file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		same(t, file, got, want)
	}
}

func TestLoadReadsTorchvision(t *testing.T) {
	e := readExpected(t)
	for _, file := range []string{"resnet18.pth", "resnet18_legacy.pth"} {
		got, err := Load(fixture(file))
		if err != nil || len(got) != len(e.ResNet18) {
			t.Errorf("%s: %d tensors, %v", file, len(got), err)
		}
		for name, want := range e.ResNet18 {
			sum := 0.0
			for _, v := range got[name].Float32s() {
				sum += float64(v)
			}
			if !tensor.SameShape(got[name].Shape, want.Shape) || math.Abs(sum-want.Sum) > 1e-9 {
				t.Errorf("%s: %s is %v with sum %g, want %v and %g", file, name, got[name], sum, want.Shape, want.Sum)
			}
		}
	}
}

// TestLoadKeepsTensorsApart: what shares storage in the file must not share memory.
func TestLoadKeepsTensorsApart(t *testing.T) {
	got, err := Load(fixture("kinds.pth"))
	if err != nil {
		t.Fatal(err)
	}
	before := got["shared.b"].Float32s()[0]
	got["shared.a"].Float32s()[4]++
	if got["shared.b"].Float32s()[0] != before {
		t.Error("two tensors share memory")
	}
}

// TestLoadRefuses: every file that is not weights is an error that names the file,
// says what is wrong and, on a line of its own, what to do.
func TestLoadRefuses(t *testing.T) {
	for file, want := range map[string]string{
		"hostile_reduce.pth":        "is not run: weights need only tensors",
		"hostile_reduce_legacy.pth": `asks for "`,
		"hostile_module.pth":        `asks for "torch.nn.modules.linear.Linear"`,
		"hostile_count.pth":         `storage "0" has 8 bytes; expected 1099511627776 numbers of 4`,
		"hostile_count_legacy.pth":  "has 1099511627776 numbers; its tensors say 2",
		"hostile_shape.pth":         "more than 4 numbers per byte of the file",
		"hostile_offset.pth":        "reaches beyond its storage of 2 numbers",
		"hostile_stride.pth":        "reaches beyond its storage of 2 numbers",
		"hostile_negative.pth":      "described by other things than storage",
		"hostile_text.pth":          "unexpected EOF",
		"hostile_cyclic.pth":        "the file holds a list; expected a dict of tensors",
		"hostile_cyclic_dict.pth":   "too deep",
		"hostile_deep.pth":          "the file holds a list",
		"hostile_underflow.pth":     "takes more from the stack",
		"hostile_memo.pth":          "value 7, which was not kept",
		"hostile_storage.pth":       "is missing",
		"hostile_order.pth":         `byte order is "big"`,
		"hostile_compressed.pth":    "is compressed, which torch.save never does",
		"hostile_script.pth":        "TorchScript program",
		"bare.pth":                  "the file holds a single tensor",
		"nothing.pth":               `its keys are "epoch"`,
		"large.pth":                 `tensor "x": a float64 value is beyond the range of float32, at [1]`,
	} {
		_, err := Load(fixture(file))
		if err == nil {
			t.Errorf("%s was read", file)
			continue
		}
		if m := hint.Text(err); !strings.Contains(m, want) || !strings.Contains(m, file) ||
			!strings.Contains(m, "\nhint: ") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestLoadRefusesCutFiles: no prefix of a file is taken for the whole.
func TestLoadRefusesCutFiles(t *testing.T) {
	for _, file := range []string{"kinds.pth", "kinds_legacy.pth", "of_2017.pth"} {
		raw, err := os.ReadFile(fixture(file))
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(raw) {
			if _, err := parse(raw[:n]); err == nil || !strings.Contains(hint.Text(err), "\nhint: ") {
				t.Errorf("the first %d of %d bytes of %s: %v", n, len(raw), file, err)
			}
		}
	}
}

// TestLoadFindsFlippedBits in the numbers of a zip file, which has checksums.
func TestLoadFindsFlippedBits(t *testing.T) {
	raw, err := os.ReadFile(fixture("two.pth"))
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(raw), "\x00\x00\x80\x3f\x00\x00\x00\x40") // 1 and 2
	if _, err := parse(raw); err != nil || at < 0 {
		t.Fatalf("the whole file: %v; numbers at %d", err, at)
	}
	raw[at+2] ^= 1
	if _, err := parse(raw); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("flipped bit: %v", err)
	}
}

func TestLoadSaysWhatElseAFileIs(t *testing.T) {
	for raw, want := range map[string]string{
		"":                "empty",
		"<!DOCTYPE html>": "web page",
		"version https://git-lfs.github.com/spec": "git lfs pull",
		"\x80\x04\x95\x01.":                       "none that torch.save wrote",
		"GIF89a":                                  "begins with 47 49 46",
	} {
		if _, err := parse([]byte(raw)); err == nil || !strings.Contains(hint.Text(err), want) ||
			!strings.Contains(hint.Text(err), "\nhint: ") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// TestArrayWithoutElementsReadsNothing, wherever it says it lies.
func TestArrayWithoutElementsReadsNothing(t *testing.T) {
	s := &storage{element: float32s, count: 1, data: make([]byte, 4)}
	a := array{storage: s, offset: 1 << 40, shape: []int{0}, stride: []int{1}}
	x, err := newConverter(4).tensor(a)
	if err != nil || x.Len() != 0 || !tensor.SameShape(x.Shape, a.shape) {
		t.Errorf("%v, %v", x, err)
	}
}
