package weight

import (
	"encoding/binary"
	"fmt"

	"github.com/nlpodyssey/safetensors"
)

// maxHeader bounds the JSON header; that of a large model has 100 KB. Decoded it
// takes some ten times its length.
const maxHeader = 16 << 20

func readSafetensors(raw []byte) (file, error) {
	if n := binary.LittleEndian.Uint64(raw); n > maxHeader {
		return file{}, damaged(fmt.Errorf("the header has %d bytes; at most %d are read", n, maxHeader))
	}
	contents, err := safetensors.Deserialize(raw)
	if err != nil {
		return file{}, damaged(fmt.Errorf("not a complete safetensors file: %w", err))
	}
	c, f := newConverter(len(raw)), newFile()
	for _, n := range contents.Tensors() {
		a, err := arrayOf(n.TensorView)
		if err == nil {
			err = f.add(n.Name, a, c)
		}
		if err != nil {
			return file{}, fmt.Errorf("tensor %q: %w", n.Name, err)
		}
	}
	return f, nil
}

func arrayOf(view safetensors.TensorView) (array, error) {
	shape := make([]int, len(view.Shape()))
	for i, s := range view.Shape() {
		if s > MaxFileSize {
			return array{}, fmt.Errorf("shape %v is too large", view.Shape())
		}
		shape[i] = int(s)
	}
	e := elementOf(view.DType())
	s := &storage{element: e, count: len(view.Data()) / e.size, data: view.Data()}
	return array{storage: s, shape: shape, stride: rowMajor(shape)}, nil
}

func elementOf(d safetensors.DType) *element {
	switch d {
	case safetensors.F64:
		return float64s
	case safetensors.F32:
		return float32s
	case safetensors.F16:
		return float16s
	case safetensors.BF16:
		return bfloat16s
	}
	return &element{name: d.String(), size: int(d.Size())}
}
