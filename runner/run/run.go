// Package run reads and writes the folder of a run: the spec, the plugins, a record of
// each epoch, and the checkpoints.
package run

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"montage/core/hint"
	"montage/runner/checkpoint"
	"montage/runner/engine"
)

// The files of a run, beside those of its report.
const (
	specFile    = "spec.toml"
	pluginsFile = "plugins.json"
	metricsFile = "metrics.jsonl"
	folder      = "checkpoint"
	latest      = "latest"
)

// Run is an open folder.
type Run struct {
	Dir string
	// Warn, when set, gets trouble that costs nothing but space on the disk.
	Warn func(error)
}

// UsedPlugin is one line of plugins.json.
type UsedPlugin struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// Request is what a new run was asked to do, and with which plugins.
type Request struct {
	Name string
	// Spec is the resolved spec.
	Spec    []byte
	Plugins []UsedPlugin
}

// Open opens the folder of a run that exists.
func Open(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	if _, err := os.Stat(r.Spec()); err != nil {
		return nil, hint.With(fmt.Errorf("%s is not the folder of a run: %w", dir, err),
			"runs are in runs/<name>/<time>; the newest is runs/<name>/%s", latest)
	}
	return r, nil
}

// Spec returns the path of the resolved spec.
func (r *Run) Spec() string { return filepath.Join(r.Dir, specFile) }

// saved is the state in a checkpoint.
type saved struct {
	Facts
	Position json.RawMessage `json:"position"`
}

// Facts describe what the numbers of a checkpoint mean.
type Facts struct {
	// Classes are the classes by the columns of the head.
	Classes []string `json:"classes"`
	// Data are digests of the data sets by name: what training draws from.
	Data map[string]string `json:"data,omitempty"`
}

// State is what a checkpoint saves: an engine, between two steps.
type State interface {
	// Content returns the state, and Label names the position that it is of.
	Content() (checkpoint.Content, error)
	Label() string
}

// Save writes a checkpoint of a state, as the last and, where it is, as the best.
func (r *Run) Save(s State, facts Facts, best bool) error {
	content, err := s.Content()
	if err != nil {
		return err
	}
	if content.State, err = json.Marshal(saved{Facts: facts, Position: content.State}); err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	return r.checkpoints().Save(s.Label(), content, best)
}

func (r *Run) checkpoints() checkpoint.Folder {
	return checkpoint.Folder{Dir: filepath.Join(r.Dir, folder), Warn: r.Warn}
}

// Load reads the last or best checkpoint.
func (r *Run) Load(link string) (checkpoint.Content, Facts, error) {
	content, err := r.checkpoints().Load(link)
	if err != nil {
		return checkpoint.Content{}, Facts{}, err
	}
	var s saved
	if err := json.Unmarshal(content.State, &s); err != nil {
		return checkpoint.Content{}, Facts{}, fmt.Errorf("the checkpoint's state is damaged: %w", err)
	}
	content.State = s.Position
	return content, s.Facts, nil
}

// HasCheckpoint reports whether anything was saved yet.
func (r *Run) HasCheckpoint() bool {
	_, err := os.Lstat(filepath.Join(r.Dir, folder, checkpoint.Last))
	return err == nil
}

// Plugins returns what plugins.json says of the run's beginning.
func (r *Run) Plugins() ([]UsedPlugin, error) {
	raw, err := os.ReadFile(filepath.Join(r.Dir, pluginsFile))
	if err != nil {
		return nil, fmt.Errorf("read plugins of the run: %w", err)
	}
	var list []UsedPlugin
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", filepath.Join(r.Dir, pluginsFile), err)
	}
	return list, nil
}

// Record appends an epoch to metrics.jsonl, on disk before it returns.
func (r *Run) Record(report engine.EpochReport) error {
	line, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("write %s: %w", metricsFile, err)
	}
	file, err := os.OpenFile(filepath.Join(r.Dir, metricsFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	_, err = file.Write(append(line, '\n'))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}

// Rewind keeps the first n records and returns them. It drops the records of epochs that a
// resumed run does again, and what a crash left of a line.
func (r *Run) Rewind(n int) ([]engine.EpochReport, error) {
	reports, lines, err := r.records()
	if err != nil {
		return nil, err
	}
	n = min(n, len(lines))
	path := filepath.Join(r.Dir, metricsFile)
	if err := renameio.WriteFile(path, bytes.Join(lines[:n], nil), 0o644); err != nil {
		return nil, fmt.Errorf("write metrics: %w", err)
	}
	return reports[:n], nil
}

// Records returns all epochs so far.
func (r *Run) Records() ([]engine.EpochReport, error) {
	reports, _, err := r.records()
	return reports, err
}

// records reads up to the first line that is not whole, as a crash leaves it.
func (r *Run) records() (reports []engine.EpochReport, lines [][]byte, err error) {
	raw, err := os.ReadFile(filepath.Join(r.Dir, metricsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read metrics: %w", err)
	}
	reader := bufio.NewReader(bytes.NewReader(raw))
	for {
		line, err := reader.ReadBytes('\n')
		var report engine.EpochReport
		if err != nil || json.Unmarshal(line, &report) != nil {
			return reports, lines, nil
		}
		reports, lines = append(reports, report), append(lines, line)
	}
}
