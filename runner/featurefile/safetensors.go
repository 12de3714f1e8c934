package featurefile

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/nlpodyssey/safetensors"

	"montage/core/hint"
	"montage/runner/weight"
)

// maxHeader bounds the JSON in front of the numbers, which has all ids.
const maxHeader = 256 << 20

// maxWidth bounds the features of a row, as the option width of the backbone does.
const maxWidth = 100000

// tableName is the tensor that is read where a file has several.
const tableName = "features"

const howToWrite = `in Python: save_file({"features": x}, path, metadata={"ids": json.dumps(ids)}); or runner embed`

// readSafetensors reads the header: the tensor [N,D] and, in the metadata, its ids.
func (f *File) readSafetensors(file *os.File) error {
	var length [8]byte
	info, err := file.Stat()
	if err == nil {
		_, err = io.ReadFull(file, length[:])
	}
	n := binary.LittleEndian.Uint64(length[:])
	if err != nil || n > maxHeader || int64(n) > info.Size()-8 {
		return hint.With(errors.New("is not a safetensors file, or not a complete one"), howToWrite)
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(file, header); err != nil {
		return err
	}
	var m safetensors.Metadata
	if err := json.Unmarshal(header, &m); err != nil {
		return hint.With(fmt.Errorf("is not a safetensors file: %w", err), howToWrite)
	}
	table, err := tableOf(m.Tensors())
	if err != nil {
		return err
	}
	ids, ok := m.Metadata()["ids"]
	if !ok {
		return hint.With(errors.New(`has no ids: its metadata lacks the key "ids"`), howToWrite)
	}
	if err := json.Unmarshal([]byte(ids), &f.IDs); err != nil {
		return hint.With(fmt.Errorf(`the ids in its metadata are not a JSON list of texts: %w`, err), howToWrite)
	}
	return f.place(table, 8+int64(n), info.Size())
}

// tableOf returns the tensor of features.
func tableOf(tensors map[string]*safetensors.TensorInfo) (*safetensors.TensorInfo, error) {
	table := tensors[tableName]
	if table == nil && len(tensors) == 1 {
		for _, only := range tensors {
			table = only
		}
	}
	if table == nil {
		return nil, hint.With(fmt.Errorf("has no tensor %q among %q", tableName, slices.Sorted(maps.Keys(tensors))),
			howToWrite)
	}
	if len(table.Shape) != 2 || table.Shape[1] == 0 || table.Shape[1] > maxWidth {
		return nil, hint.With(fmt.Errorf("its tensor has the shape %v, expected [N,D]: a row for each id", table.Shape),
			howToWrite)
	}
	if weight.FloatSize(table.DType.String()) == 0 {
		return nil, hint.With(fmt.Errorf("its numbers are %v, expected F32, F16, BF16 or F64", table.DType),
			howToWrite)
	}
	return table, nil
}

// place finds where the rows are. start is where the numbers of all tensors begin.
func (f *File) place(table *safetensors.TensorInfo, start, size int64) error {
	rows := len(f.IDs)
	if table.Shape[0] != uint64(rows) {
		return hint.With(fmt.Errorf("has %d rows and %d ids", table.Shape[0], rows), howToWrite)
	}
	f.Encoding, f.Width = Encoding(table.DType.String()), int(table.Shape[1])
	row, from, end := int64(f.Width*f.Encoding.size()), table.DataOffsets[0], table.DataOffsets[1]
	if from > end || end > uint64(size-start) || end-from != uint64(int64(rows)*row) {
		return hint.With(errors.New("is not complete: its numbers end before its rows do"), "write it again")
	}
	for i := range rows + 1 {
		f.Offsets = append(f.Offsets, start+int64(from)+int64(i)*row)
	}
	return nil
}

// size returns the bytes of a number of a safetensors file.
func (e Encoding) size() int { return weight.FloatSize(string(e)) }

func (e Encoding) readNumbers(row []float32, stored []byte) error {
	if e.size()*len(row) != len(stored) {
		return otherWidth(len(stored)/e.size(), len(row))
	}
	return weight.Floats(row, string(e), stored)
}
