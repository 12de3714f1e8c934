// Package embed writes features to files that other programs read.
package embed

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"montage/runner/predict"
	"montage/runner/weight"
)

// Write writes features in one format.
type Write func(w io.Writer, f predict.Features) error

// Format returns the writer for a file's extension.
//
// A .safetensors file holds the tensor "features", float32 [R,D]; its metadata has
// the key "ids", a JSON list of the rows' ids. A .csv file has the columns id, f0, f1
// and so on, each number in as few digits as give the float32 again. Package featurefile
// reads both.
func Format(path string) (Write, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".safetensors":
		return writeSafetensors, nil
	case ".csv":
		return writeCSV, nil
	}
	return nil, fmt.Errorf("--out %q ends in neither .safetensors nor .csv", path)
}

func writeSafetensors(w io.Writer, f predict.Features) error {
	ids, err := json.Marshal(f.IDs)
	if err != nil {
		return err
	}
	return weight.Encode(w, []weight.Named{{Name: "features", Tensor: f.Rows}},
		map[string]string{"ids": string(ids)})
}

func writeCSV(w io.Writer, f predict.Features) error {
	table := csv.NewWriter(w)
	line := []string{"id"}
	for j := range f.Rows.Shape[1] {
		line = append(line, "f"+strconv.Itoa(j))
	}
	_ = table.Write(line) // table keeps its first error for Error
	for i, id := range f.IDs {
		line[0] = id
		for j, v := range f.Rows.Row(i) {
			line[j+1] = strconv.FormatFloat(float64(v), 'g', -1, 32)
		}
		_ = table.Write(line)
	}
	table.Flush()
	return table.Error()
}
