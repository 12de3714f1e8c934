// Package featurefile reads rows of features from the files that runner embed writes, and from
// other safetensors files with a table of numbers and ids.
package featurefile

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"montage/core/hint"
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
	return f, f.finite(file)
}

// finite goes through all rows.
func (f *File) finite(file io.ReaderAt) error {
	row := make([]float32, f.Width)
	var stored []byte
	const together = 1 << 20
	for i := 0; i < len(f.IDs); {
		end := i + 1 // as many rows as are about a megabyte
		for end < len(f.IDs) && f.Offsets[end+1]-f.Offsets[i] <= together {
			end++
		}
		stored = append(stored[:0], make([]byte, f.Offsets[end]-f.Offsets[i])...)
		if _, err := file.ReadAt(stored, f.Offsets[i]); err != nil {
			return fmt.Errorf("features %s: %w", f.Path, err)
		}
		for from := f.Offsets[i]; i < end; i++ {
			if err := f.Encoding.finite(row, stored[f.Offsets[i]-from:f.Offsets[i+1]-from]); err != nil {
				return fmt.Errorf("features %s: row %d (id %q): %w", f.Path, i+1, f.IDs[i], err)
			}
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
