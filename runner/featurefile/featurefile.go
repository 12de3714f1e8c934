// Package featurefile reads rows of features from the files that runner embed writes, and from
// other safetensors files with a table of numbers and ids.
package featurefile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"montage/core/hint"
	"montage/core/parallel"
	"montage/core/tensor"
)

// Encoding is how a file writes a row: csv, or the type of a safetensors file's numbers. It
// is "" of no row.
type Encoding string

const asCSV Encoding = "csv"

// File is a file whose rows were all read once, and found to be finite.
type File struct {
	Path     string
	Encoding Encoding
	// IDs are those of the rows; Width is the number of features of each.
	IDs   []string
	Width int
	// Offsets are where the rows begin in the file, and where the last ends.
	Offsets []int64
}

// Is reports whether a file holds features, by its extension and, of CSV, its first columns.
func Is(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".safetensors":
		return true
	case ".csv":
		return hasFeatureColumns(path)
	}
	return false
}

// Open reads a file and checks it: a row for each id, all of the same width, each number
// finite. It keeps where the rows are, not the numbers.
func Open(path string) (*File, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() { // a FIFO would wait for ever; rows are read again and again
		err = hint.With(fmt.Errorf("%s is not a regular file", path), "write the features into a file")
	}
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	defer file.Close()
	f := &File{Path: path}
	if strings.ToLower(filepath.Ext(path)) == ".csv" {
		err = f.readCSV(file)
	} else {
		err = f.readSafetensors(file)
	}
	if err == nil && len(f.IDs) == 0 {
		err = errors.New("holds no row")
	}
	if err != nil {
		return nil, fmt.Errorf("features %s: %w", path, err)
	}
	if err := f.finite(file); err != nil {
		return nil, err
	}
	return f, nil
}

// finite goes through all rows, in blocks of about a megabyte.
func (f *File) finite(file io.ReaderAt) error {
	const together = 1 << 20
	blocks := []int{0}
	for i := range f.IDs {
		if f.Offsets[i+1]-f.Offsets[blocks[len(blocks)-1]] > together || i+1 == len(f.IDs) {
			blocks = append(blocks, i+1)
		}
	}
	err := parallel.Each(context.Background(), len(blocks)-1, func(n int) error {
		return f.finiteBlock(file, blocks[n], blocks[n+1])
	})
	if err != nil {
		return fmt.Errorf("features %s: %w", f.Path, err)
	}
	return nil
}

// finiteBlock goes through the rows from first to before end.
func (f *File) finiteBlock(file io.ReaderAt, first, end int) error {
	from := f.Offsets[first]
	row, stored := make([]float32, f.Width), make([]byte, f.Offsets[end]-from)
	if _, err := file.ReadAt(stored, from); err != nil {
		return err
	}
	for i := first; i < end; i++ {
		if err := f.Encoding.finite(row, stored[f.Offsets[i]-from:f.Offsets[i+1]-from]); err != nil {
			return fmt.Errorf("row %d (id %q): %w", i+1, f.IDs[i], err)
		}
	}
	return nil
}

func (e Encoding) finite(row []float32, stored []byte) error {
	if err := e.read(row, stored); err != nil {
		return err
	}
	for j, v := range row {
		if v != v || math.IsInf(float64(v), 0) {
			return hint.With(fmt.Errorf("feature %d is %v", j, v), "features must be finite: leave the row out, or "+
				"compute it again")
		}
	}
	return nil
}

// Decode makes float32s of what a file stores of a row.
//
//	row: the bytes of float32 [D] as memory has them, written
//
// Errors: the row has another number of features.
func (e Encoding) Decode(row, stored []byte) error {
	values := make([]float32, len(row)/4)
	if err := e.read(values, stored); err != nil {
		return err
	}
	copy(row, tensor.FromFloat32(values, len(values)).Bytes())
	return nil
}

// Sum returns a digest of the numbers that a file stores of a row, the same whatever the file's format.
func (e Encoding) Sum(stored []byte) (sum [sha256.Size]byte, err error) {
	width, err := e.width(stored)
	if err != nil {
		return sum, err
	}
	row := make([]byte, 4*width)
	if err := e.Decode(row, stored); err != nil {
		return sum, err
	}
	return sha256.Sum256(row), nil
}

// width returns how many features a file stores of a row.
func (e Encoding) width(stored []byte) (int, error) {
	if e == asCSV {
		fields, err := csv.NewReader(bytes.NewReader(stored)).Read()
		return max(0, len(fields)-1), err
	}
	return len(stored) / e.size(), nil
}

func (e Encoding) read(row []float32, stored []byte) error {
	if e == asCSV {
		return readLine(row, stored)
	}
	return e.readNumbers(row, stored)
}

// otherWidth says that a row has not the wanted number of features.
func otherWidth(has, wanted int) error {
	return hint.With(fmt.Errorf("a row has %d features, expected %d", has, wanted),
		"all rows are of one backbone, and "+
			"a trained head takes those of the backbone that it was trained on")
}
