// Package checkpoint keeps the state of a run on disk so that a crash at any
// moment leaves the last whole checkpoint.
//
// A checkpoint is a folder of safetensors files and a state.json that lists their
// sha256. It is written under another name, synced, renamed, and only then does
// the symbolic link "last" (or "best") point to it.
package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/google/renameio/v2"

	"montage/core/hint"
	"montage/core/tensor"
	"montage/runner/weight"
)

// The links that name a checkpoint of a run.
const (
	Last = "last"
	Best = "best"
)

// ErrNone says that a folder has no checkpoint of a name yet. A checkpoint that is
// damaged is another error.
var ErrNone = errors.New("no checkpoint")

const stateFile = "state.json"

// pending marks a folder that is still being written.
const pending = ".new-"

// Folder is where the checkpoints of a run are.
type Folder struct {
	Dir string
	// Warn, when set, gets the reason why checkpoints that nothing needs any more could not
	// be removed. This is no error, because the new checkpoint is written.
	Warn func(error)

	// remove is os.RemoveAll where a test sets no other.
	remove func(path string) error
}

// Content is all that a checkpoint holds.
type Content struct {
	// State is any value that JSON carries: the position in the run.
	State json.RawMessage
	// Files are the tensors by the name of their file, without extension.
	Files map[string][]weight.Named
}

// manifest is state.json.
type manifest struct {
	Version int               `json:"version"`
	Sums    map[string]string `json:"sha256"`
	State   json.RawMessage   `json:"state"`
}

// version is that of the files and of the names in them. It grows when either changes.
const version = 2

// Save writes a checkpoint and makes it the last and, where it is, the best. Other
// checkpoints go, save the best.
func (f Folder) Save(label string, c Content, best bool) error {
	dir := f.Dir
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	temp, err := os.MkdirTemp(dir, pending)
	if err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }() // gone by its own name once renamed
	if err := write(temp, c); err != nil {
		return fmt.Errorf("save checkpoint %s: %w", label, err)
	}
	label = unused(dir, label)
	if err := rename(temp, filepath.Join(dir, label)); err != nil {
		return fmt.Errorf("save checkpoint %s: %w", label, err)
	}
	if best { // first: a crash between the two must not lose it
		if err := mark(dir, Best, label); err != nil {
			return err
		}
	}
	if err := mark(dir, Last, label); err != nil {
		return err
	}
	if err := f.prune(); err != nil && f.Warn != nil {
		f.Warn(fmt.Errorf("old checkpoints are left: %w", err))
	}
	return nil
}

// mark points a link at a checkpoint.
func mark(dir, link, label string) error {
	if err := renameio.Symlink(label, filepath.Join(dir, link)); err != nil {
		return fmt.Errorf("mark checkpoint %s as %s: %w", label, link, err)
	}
	return syncDir(dir)
}

// Load reads a checkpoint, verifying every file against its sum.
func (f Folder) Load(link string) (Content, error) {
	path := filepath.Join(f.Dir, link)
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return Content{}, fmt.Errorf("%w %q in %s", ErrNone, link, f.Dir)
	}
	raw, err := os.ReadFile(filepath.Join(path, stateFile))
	if err != nil {
		return Content{}, fmt.Errorf("load checkpoint: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return Content{}, fmt.Errorf("%s is damaged: %w", filepath.Join(path, stateFile), err)
	}
	if err := readable(path, m.Version); err != nil {
		return Content{}, err
	}
	c := Content{State: m.State, Files: map[string][]weight.Named{}}
	for _, file := range slices.Sorted(maps.Keys(m.Sums)) { // of two damaged files always name the same
		named, err := loadFile(filepath.Join(path, filepath.Base(file)), m.Sums[file])
		if err != nil {
			return Content{}, err
		}
		c.Files[strings.TrimSuffix(file, ".safetensors")] = named
	}
	return c, nil
}

// readable refuses a checkpoint of another version than this program's.
func readable(path string, seen int) error {
	age := "an older"
	switch {
	case seen == version:
		return nil
	case seen > version:
		age = "a newer"
	}
	return hint.With(fmt.Errorf("%s was written by %s version of Montage: expected checkpoint version %d, seen %d",
		path, age, version, seen), "use it with the Montage that wrote it, or train again")
}

func write(dir string, c Content) error {
	m := manifest{Version: version, Sums: map[string]string{}, State: c.State}
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		if filepath.Base(name) != name {
			return fmt.Errorf("%q cannot name a file", name)
		}
		file := name + ".safetensors"
		if err := weight.Save(filepath.Join(dir, file), c.Files[name]); err != nil {
			return err
		}
		sum, err := digest(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		m.Sums[file] = sum
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(dir, stateFile), raw, 0o644); err != nil {
		return err
	}
	return syncDir(dir)
}

// unused returns the label, or one like it when a resumed run comes to the same
// position again: the last checkpoint must stay whole until the new one is.
func unused(dir, label string) string {
	for n := 2; ; n++ {
		if _, err := os.Lstat(filepath.Join(dir, label)); errors.Is(err, os.ErrNotExist) {
			return label
		}
		label = fmt.Sprintf("%s-%d", strings.TrimSuffix(label, fmt.Sprintf("-%d", n-1)), n)
	}
}

func rename(temp, final string) error {
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	if err := os.Rename(temp, final); err != nil {
		return err
	}
	return syncDir(filepath.Dir(final))
}

func loadFile(path, want string) ([]weight.Named, error) {
	got, err := digest(path)
	if err != nil {
		return nil, fmt.Errorf("load checkpoint: %w", err)
	}
	if got != want {
		return nil, fmt.Errorf("%s is damaged: its sha256 is %s, its checkpoint says %s", path, got, want)
	}
	tensors, err := weight.Load(path)
	if err != nil {
		return nil, err
	}
	return sorted(tensors), nil
}

func sorted(tensors map[string]tensor.Tensor) []weight.Named {
	named := make([]weight.Named, 0, len(tensors))
	for name, t := range tensors {
		named = append(named, weight.Named{Name: name, Tensor: t})
	}
	sort.Slice(named, func(i, j int) bool { return named[i].Name < named[j].Name })
	return named
}

// prune removes checkpoints that no link names, and what interrupted saves left. What
// cannot be removed keeps nothing else from it.
func (f Folder) prune() error {
	kept := map[string]bool{}
	for _, link := range []string{Last, Best} {
		if target, err := os.Readlink(filepath.Join(f.Dir, link)); err == nil {
			kept[target] = true
		}
	}
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return err
	}
	remove := f.remove
	if remove == nil {
		remove = os.RemoveAll
	}
	var failed []error
	for _, e := range entries {
		if e.IsDir() && !kept[e.Name()] {
			failed = append(failed, remove(filepath.Join(f.Dir, e.Name())))
		}
	}
	return errors.Join(failed...)
}

func digest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
