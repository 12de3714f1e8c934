// Package embed writes features to files that other programs read.
package embed

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/nlpodyssey/safetensors"

	"montage/core/tensor"
	"montage/runner/predict"
)

// Write writes features to a file, which is the old or the new one at any moment.
type Write func(path string, f predict.Features) error

// Format returns what writes a file, by its extension.
//
// A .safetensors file holds the tensor "features", float32 [R,D]; its metadata has
// the key "ids", a JSON list of the rows' ids. A .csv file has the columns id, f0, f1
// and so on, each number in as few digits as give the float32 again.
func Format(path string) (Write, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".safetensors":
		return func(path string, f predict.Features) error { return atomically(path, f, writeSafetensors) }, nil
	case ".csv":
		return func(path string, f predict.Features) error { return atomically(path, f, writeCSV) }, nil
	}
	return nil, fmt.Errorf("--out %q ends in neither .safetensors nor .csv", path)
}

func atomically(path string, f predict.Features, write func(io.Writer, predict.Features) error) error {
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = file.Cleanup() }() // does nothing once the file is in place
	buffer := bufio.NewWriter(file)
	if err = write(buffer, f); err == nil {
		err = buffer.Flush()
	}
	if err == nil {
		err = file.CloseAtomicallyReplace()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// view is what the library serializes.
type view struct{ tensor.Tensor }

func (v view) DType() safetensors.DType { return safetensors.F32 }
func (v view) Shape() []uint64 {
	return []uint64{uint64(v.Tensor.Shape[0]), uint64(v.Tensor.Shape[1])}
}
func (v view) Data() []byte    { return v.Bytes() }
func (v view) DataLen() uint64 { return uint64(len(v.Bytes())) }

func writeSafetensors(w io.Writer, f predict.Features) error {
	ids, err := json.Marshal(f.IDs)
	if err != nil {
		return err
	}
	return safetensors.SerializeToWriter(map[string]view{"features": {f.Rows}}, map[string]string{"ids": string(ids)}, w)
}

func writeCSV(w io.Writer, f predict.Features) error {
	table, width := csv.NewWriter(w), f.Rows.Shape[1]
	line := []string{"id"}
	for j := range width {
		line = append(line, "f"+strconv.Itoa(j))
	}
	_ = table.Write(line) // Error tells
	for i, id := range f.IDs {
		line[0] = id
		for j, v := range f.Rows.Float32s()[i*width : (i+1)*width] {
			line[j+1] = strconv.FormatFloat(float64(v), 'g', -1, 32)
		}
		_ = table.Write(line)
	}
	table.Flush()
	return table.Error()
}
