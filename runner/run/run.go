// Package run is the folder of a run: what was asked, with which plugins, how it
// went, and the checkpoint.
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
	"time"

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
type Run struct{ Dir string }

// Plugin is one line of plugins.json.
type UsedPlugin struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// Create makes the folder of a new run: dir, or below runs/<name> one named for
// the time. A folder that holds anything is refused.
func Create(dir, name string, now time.Time) (*Run, error) {
	if dir == "" {
		return createDated(filepath.Join("runs", name), now)
	}
	if err := Free(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("folder of the run: %w", err)
	}
	return &Run{Dir: dir}, nil
}

// Free refuses a folder that holds anything.
func Free(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("output folder: %w", err)
	}
	if len(entries) > 0 {
		return hint.With(fmt.Errorf("output folder %s is not empty", dir),
			"name another, or go on with the run in it by --resume %s", dir)
	}
	return nil
}

func createDated(parent string, now time.Time) (*Run, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("folder of the run: %w", err)
	}
	stamp := now.Format("20060102-150405")
	for n := 1; ; n++ {
		name := stamp
		if n > 1 {
			name = fmt.Sprintf("%s-%d", stamp, n)
		}
		err := os.Mkdir(filepath.Join(parent, name), 0o755)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("folder of the run: %w", err)
		}
		if err := renameio.Symlink(name, filepath.Join(parent, latest)); err != nil {
			return nil, fmt.Errorf("folder of the run: %w", err)
		}
		return &Run{Dir: filepath.Join(parent, name)}, nil
	}
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

// Describe writes the resolved spec and the plugins.
func (r *Run) Describe(spec []byte, plugins []UsedPlugin) error {
	list, err := json.MarshalIndent(plugins, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", pluginsFile, err)
	}
	for name, content := range map[string][]byte{specFile: spec, pluginsFile: append(list, '\n')} {
		if err := renameio.WriteFile(filepath.Join(r.Dir, name), content, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// saved is the state in a checkpoint.
type saved struct {
	Facts
	Place json.RawMessage `json:"place"`
}

// Facts are what a checkpoint means nothing without.
type Facts struct {
	// Classes are the classes by the columns of the head.
	Classes []string `json:"classes"`
	// Data are digests of the data sets by name: what training draws from.
	Data map[string]string `json:"data,omitempty"`
}

// Save writes a checkpoint of the training, as the last and, where it is, as the best.
func (r *Run) Save(e *engine.Engine, facts Facts, best bool) error {
	content, err := e.Content()
	if err != nil {
		return err
	}
	if content.State, err = json.Marshal(saved{Facts: facts, Place: content.State}); err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	return checkpoint.Save(filepath.Join(r.Dir, folder), e.Label(), content, best)
}

// Load reads the last or best checkpoint.
func (r *Run) Load(link string) (checkpoint.Content, Facts, error) {
	content, err := checkpoint.Load(filepath.Join(r.Dir, folder), link)
	if err != nil {
		return checkpoint.Content{}, Facts{}, err
	}
	var s saved
	if err := json.Unmarshal(content.State, &s); err != nil {
		return checkpoint.Content{}, Facts{}, fmt.Errorf("the checkpoint's state is damaged: %w", err)
	}
	content.State = s.Place
	return content, s.Facts, nil
}

// HasCheckpoint tells whether anything was saved yet.
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

// Rewind drops the records behind the first n, epochs that a resumed run does
// again, and what a crash left of a line. It returns those that stay.
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
