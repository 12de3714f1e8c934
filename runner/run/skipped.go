package run

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
)

// skippedFile lists what a run left out.
const skippedFile = "skipped.csv"

// LeftOut is a file that a run left out because it cannot be read.
type LeftOut struct{ File, Reason string }

// Skip adds files to skipped.csv, which lists each file once with its first reason, in the order of their names. What
// was left out at some time stays in the list, although it may have been replaced since: the run did without it.
// It writes nothing where nothing is new.
func (r *Run) Skip(files []LeftOut) error {
	list, err := r.Skipped()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, f := range list {
		known[f.File] = true
	}
	before := len(list)
	for _, f := range files {
		if !known[f.File] {
			known[f.File] = true
			list = append(list, f)
		}
	}
	if len(list) == before {
		return nil
	}
	slices.SortFunc(list, func(a, b LeftOut) int { return cmp.Compare(a.File, b.File) })
	var content bytes.Buffer
	w := csv.NewWriter(&content)
	_ = w.Write([]string{"file", "reason"}) // Flush keeps the error
	for _, f := range list {
		_ = w.Write([]string{f.File, f.Reason})
	}
	w.Flush()
	err = errors.Join(w.Error(), renameio.WriteFile(filepath.Join(r.Dir, skippedFile), content.Bytes(), 0o644))
	if err != nil {
		return fmt.Errorf("write %s: %w", skippedFile, err)
	}
	return nil
}

// Skipped returns what skipped.csv lists, nothing where there is none.
func (r *Run) Skipped() (files []LeftOut, err error) {
	path := filepath.Join(r.Dir, skippedFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", skippedFile, err)
	}
	reader := csv.NewReader(bytes.NewReader(content))
	reader.FieldsPerRecord = 2
	rows, err := reader.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s is damaged: %w", path, cmp.Or(err, errors.New("it is empty")))
	}
	for _, row := range rows[1:] {
		files = append(files, LeftOut{row[0], row[1]})
	}
	return files, nil
}
