// Package weight reads and writes named float32 tensors. It writes safetensors
// files, the format that PyTorch and everybody else load without executing code;
// it also reads what PyTorch itself writes, likewise without executing code.
//
// [Save] and [Load] are for files of our own: the names come back as they were.
// [Import] starts a model from somebody else's file.
package weight

import (
	"fmt"
	"io"
	"os"

	"montage/core/tensor"
)

// MaxFileSize bounds what is read: a hostile size must not exhaust memory.
const MaxFileSize = 16 << 30

// Named is one tensor of a file.
type Named struct {
	Name   string
	Tensor tensor.Tensor
}

// file is what any format gives.
type file struct {
	// tensors are the floating-point ones, as float32.
	tensors map[string]tensor.Tensor
	// leftOut names the tensors of other types.
	leftOut []string
	// wrapper is the key under which the state dict lay in a checkpoint, or "".
	wrapper string
}

// Load reads the floating-point tensors of a .safetensors or PyTorch file as
// float32, under the names they have there. Tensors of other types, such as
// PyTorch's integer counters, are left out.
func Load(path string) (map[string]tensor.Tensor, error) {
	f, err := load(path)
	return f.tensors, err
}

func load(path string) (file, error) {
	raw, err := read(path)
	if err != nil {
		return file{}, err
	}
	f, err := parse(raw)
	if err != nil {
		return file{}, fmt.Errorf("weights %s: %w", path, err)
	}
	return f, nil
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
		return nil, fmt.Errorf("weights %s: expected a regular file of at most %d GiB, got %v of %d bytes", path,
			MaxFileSize>>30, info.Mode(), info.Size())
	}
	raw := make([]byte, info.Size())
	if _, err := io.ReadFull(file, raw); err != nil {
		return nil, fmt.Errorf("read weights: %s: %w", path, err)
	}
	return raw, nil
}
