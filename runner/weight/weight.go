// Package weight reads and writes named float32 tensors as safetensors files, the
// format that PyTorch, torchvision and everybody else load without executing code.
package weight

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/nlpodyssey/safetensors"

	"montage/core/tensor"
)

// MaxFileSize bounds what Load reads: a hostile size must not exhaust memory.
const MaxFileSize = 16 << 30

// Named is one tensor of a file.
type Named struct {
	Name   string
	Tensor tensor.Tensor
}

// Save writes the tensors, float32 each, so that the file is either the old or
// the new one. Equal tensors give equal bytes.
func Save(path string, tensors []Named) error {
	views := map[string]safetensors.TensorView{}
	for _, n := range tensors {
		if n.Tensor.DType != tensor.Float32 {
			return fmt.Errorf("write %s: %s is %v; weights are float32", path, n.Name, n.Tensor)
		}
		if _, twice := views[n.Name]; twice {
			return fmt.Errorf("write %s: two tensors are named %s", path, n.Name)
		}
		shape := make([]uint64, len(n.Tensor.Shape))
		for i, s := range n.Tensor.Shape {
			shape[i] = uint64(s)
		}
		view, err := safetensors.NewTensorView(safetensors.F32, shape, n.Tensor.Bytes())
		if err != nil {
			return fmt.Errorf("write %s: %s: %w", path, n.Name, err)
		}
		views[n.Name] = view
	}
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = file.Cleanup() }() // does nothing once the file is in place
	if err := safetensors.SerializeToWriter(views, map[string]string{"format": "pt"}, file); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Load reads the float32 tensors of a file. Tensors of other types, such as
// PyTorch's integer counters, are left out.
func Load(path string) (map[string]tensor.Tensor, error) {
	if ext := filepath.Ext(path); ext != ".safetensors" {
		return nil, fmt.Errorf("%s: weights are read from .safetensors files, not from %q\nhint: in Python: safetensors.torch.save_file(model.state_dict(), \"weights.safetensors\")", path, ext)
	}
	raw, err := read(path)
	if err != nil {
		return nil, err
	}
	return parse(path, raw)
}

func parse(path string, raw []byte) (map[string]tensor.Tensor, error) {
	file, err := safetensors.Deserialize(raw)
	if err != nil {
		return nil, fmt.Errorf("%s is not a complete safetensors file: %w", path, err)
	}
	tensors := map[string]tensor.Tensor{}
	for _, n := range file.Tensors() {
		if n.TensorView.DType() != safetensors.F32 {
			continue
		}
		t, err := copied(n.TensorView)
		if err != nil {
			return nil, fmt.Errorf("%s: tensor %s: %w", path, n.Name, err)
		}
		tensors[n.Name] = t
	}
	return tensors, nil
}

// read takes the whole file, whose size is known before a byte is allocated.
func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read weights: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read weights: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > MaxFileSize {
		return nil, fmt.Errorf("%s is no weights file: not a regular file of at most %d GiB", path, MaxFileSize>>30)
	}
	raw := make([]byte, info.Size())
	if _, err := io.ReadFull(file, raw); err != nil {
		return nil, fmt.Errorf("read weights: %s: %w", path, err)
	}
	return raw, nil
}

// copied moves a tensor out of the file's bytes, which need not be aligned.
func copied(view safetensors.TensorView) (tensor.Tensor, error) {
	shape := make([]int, len(view.Shape()))
	for i, s := range view.Shape() {
		if s > MaxFileSize {
			return tensor.Tensor{}, fmt.Errorf("shape %v is too large", view.Shape())
		}
		shape[i] = int(s)
	}
	n, err := tensor.Elements(shape)
	if err != nil {
		return tensor.Tensor{}, err
	}
	if n*4 != len(view.Data()) {
		return tensor.Tensor{}, fmt.Errorf("%d bytes do not hold shape %v", len(view.Data()), shape)
	}
	t := tensor.New(tensor.Float32, shape...)
	copy(t.Bytes(), view.Data())
	return t, nil
}

// Report tells how a file's tensors met a model's.
type Report struct {
	Matched    int      `json:"matched"`
	Missing    []string `json:"missing,omitempty"`
	Unexpected []string `json:"unexpected,omitempty"`
}

// Fill copies tensors into a model's, by name. A tensor of another shape is an
// error that lists all such; missing and unexpected names are the report's.
func Fill(model []Named, tensors map[string]tensor.Tensor) (Report, error) {
	report, problems, wanted := Report{}, []error(nil), map[string]bool{}
	for _, m := range model {
		wanted[m.Name] = true
		t, ok := tensors[m.Name]
		switch {
		case !ok:
			report.Missing = append(report.Missing, m.Name)
		case !tensor.SameShape(t.Shape, m.Tensor.Shape):
			problems = append(problems, fmt.Errorf("%s has shape %v in the file and %v in the model", m.Name, t.Shape, m.Tensor.Shape))
		default:
			report.Matched++
		}
	}
	for name := range tensors {
		if !wanted[name] {
			report.Unexpected = append(report.Unexpected, name)
		}
	}
	sort.Strings(report.Unexpected)
	if len(problems) > 0 {
		return report, errors.Join(problems...)
	}
	for _, m := range model { // only now: a refused file changes nothing
		if t, ok := tensors[m.Name]; ok {
			copy(m.Tensor.Bytes(), t.Bytes())
		}
	}
	return report, nil
}

// String says it in one line, naming at most three of each.
func (r Report) String() string {
	return fmt.Sprintf("%d matched, %s missing, %s unexpected", r.Matched, few(r.Missing), few(r.Unexpected))
}

func few(names []string) string {
	if len(names) <= 3 {
		return strings.TrimSpace(fmt.Sprintf("%d %s", len(names), strings.Join(names, " ")))
	}
	return fmt.Sprintf("%d (%s …)", len(names), strings.Join(names[:3], " "))
}
