package featurefile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"montage/core/hint"
)

// hasFeatureColumns reports whether the first line names the columns that runner embed writes.
func hasFeatureColumns(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	// Of a very wide table the limit ends the first line, with all that is needed before it.
	header, _ := csv.NewReader(io.LimitReader(file, 1<<20)).Read()
	return hasFeatures(header)
}

func hasFeatures(header []string) bool {
	return len(header) > 1 && header[0] == "id" && header[1] == "f0"
}

// readCSV finds the lines. Its columns are the id and the features.
func (f *File) readCSV(file io.Reader) error {
	lines := csv.NewReader(file)
	lines.ReuseRecord = true
	header, err := lines.Read()
	if err != nil || !hasFeatures(header) || len(header)-1 > maxWidth {
		return hint.With(errors.New("its first line is not id,f0,f1,…"), "runner embed writes such files; or name a "+
			".safetensors file")
	}
	f.Encoding, f.Width, f.Offsets = asCSV, len(header)-1, []int64{lines.InputOffset()}
	for {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return hint.With(err, "each line is an id and %d numbers", f.Width)
		}
		f.IDs, f.Offsets = append(f.IDs, strings.Clone(line[0])), append(f.Offsets, lines.InputOffset())
	}
}

// readLine reads the numbers of a line.
func readLine(row []float32, stored []byte) error {
	fields, err := csv.NewReader(bytes.NewReader(stored)).Read()
	if err != nil {
		return err
	}
	if len(fields)-1 != len(row) {
		return otherWidth(len(fields)-1, len(row))
	}
	for j, text := range fields[1:] {
		v, err := strconv.ParseFloat(text, 32)
		if err != nil {
			return fmt.Errorf("feature %d is %q, expected a number", j, text)
		}
		row[j] = float32(v)
	}
	return nil
}
