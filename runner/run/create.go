package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"

	"montage/core/hint"
)

// Create makes the folder of a new run: dir, or below runs/<name> one named for the time,
// to which the link "latest" then points. A folder that holds anything is refused. It is
// called when training can start; an error leaves nothing behind.
func Create(dir string, asked Request, now time.Time) (*Run, error) {
	if dir != "" {
		return createIn(dir, asked)
	}
	parent := filepath.Join("runs", asked.Name)
	r, err := createDated(parent, asked, now)
	if err != nil {
		return nil, err
	}
	if err := renameio.Symlink(filepath.Base(r.Dir), filepath.Join(parent, latest)); err != nil {
		r.discard(true)
		return nil, fmt.Errorf("folder of the run: %w", err)
	}
	return r, nil
}

// Free refuses a folder that holds anything.
func Free(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("output folder: %w", err)
	}
	if len(entries) > 0 {
		return hint.With(fmt.Errorf("output folder %s is not empty", dir),
			"name another, or continue the run in it with --resume %s", dir)
	}
	return nil
}

func createIn(dir string, asked Request) (*Run, error) {
	if err := Free(dir); err != nil {
		return nil, err
	}
	_, err := os.Stat(dir)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("folder of the run: %w", err)
	}
	r := &Run{Dir: dir}
	if err := r.describe(asked); err != nil {
		r.discard(isNew)
		return nil, err
	}
	return r, nil
}

func createDated(parent string, asked Request, now time.Time) (*Run, error) {
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
		r := &Run{Dir: filepath.Join(parent, name)}
		if err := r.describe(asked); err != nil {
			r.discard(true)
			return nil, err
		}
		return r, nil
	}
}

// describe writes the plugins and the resolved spec, by which a folder is known as a run.
func (r *Run) describe(asked Request) error {
	list, err := json.MarshalIndent(asked.Plugins, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", pluginsFile, err)
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{pluginsFile, append(list, '\n')}, {specFile, asked.Spec}} {
		if err := renameio.WriteFile(filepath.Join(r.Dir, file.name), file.content, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", file.name, err)
		}
	}
	return nil
}

// discard removes what describe wrote, and the folder too where it is new.
func (r *Run) discard(folderToo bool) {
	for _, name := range []string{pluginsFile, specFile} {
		_ = os.Remove(filepath.Join(r.Dir, name)) // the error before matters more
	}
	if folderToo {
		_ = os.Remove(r.Dir)
	}
}
