package synth

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"montage/core/hint"
	"montage/runner/output"
)

const (
	framesDir = "frames"
	// markerName is the file by which a folder is known to hold nothing but ours.
	markerName   = "synth.json"
	markerFormat = "montage synthetic trailers"
)

// marker is the content of the marker file.
type marker struct {
	Format  string `json:"format"`
	Seed    uint64 `json:"seed"`
	Classes int    `json:"classes"`
}

// prepare makes sure that c.Dir is ours to write. It removes an earlier synthetic
// data set, tables first, so that no table is left whose frames are gone.
func prepare(c Config) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return fmt.Errorf("synthetic data set: %w", err)
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return fmt.Errorf("synthetic data set: %w", err)
	}
	if len(entries) > 0 && !marked(c.Dir) {
		return hint.With(fmt.Errorf("folder %s is not empty and holds no synthetic data set", c.Dir),
			"name a new or an empty folder")
	}
	for _, split := range splits {
		if err := output.Remove(table(c, split)); err != nil {
			return fmt.Errorf("replace synthetic data set: %w", err)
		}
	}
	if err := os.RemoveAll(filepath.Join(c.Dir, framesDir)); err != nil {
		return fmt.Errorf("replace synthetic data set: %w", err)
	}
	text, err := json.Marshal(marker{markerFormat, c.Seed, c.Classes})
	if err != nil {
		return fmt.Errorf("synthetic data set: %w", err)
	}
	if err := output.Write(filepath.Join(c.Dir, markerName), append(text, '\n')); err != nil {
		return fmt.Errorf("synthetic data set: %w", err)
	}
	return nil
}

// marked reports whether a folder was made by this package.
func marked(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, markerName))
	var m marker
	return err == nil && json.Unmarshal(text, &m) == nil && m.Format == markerFormat
}

func table(c Config, split string) string { return filepath.Join(c.Dir, split+".csv") }

// writeTables writes the CSV files; the unlabelled one has no column labels.
func writeTables(c Config, trailers []trailer) error {
	for _, split := range splits {
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		record := []string{"id", "labels"}
		if split == unlabeledSplit {
			record = record[:1]
		}
		columns := len(record)
		_ = w.Write(record) // w remembers its first error until Error
		for _, t := range trailers {
			if t.split == split {
				_ = w.Write([]string{t.id, strings.Join(t.labels(), "|")}[:columns])
			}
		}
		w.Flush()
		if err := w.Error(); err != nil {
			return fmt.Errorf("write synthetic data set: %w", err)
		}
		if err := output.Write(table(c, split), text.Bytes()); err != nil {
			return fmt.Errorf("write synthetic data set: %w", err)
		}
	}
	return nil
}
