// Package develop builds a plugin from its sources and watches them for changes.
package develop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"montage/core/hint"
)

const (
	// poll is the time between two looks at the sources. A change counts when it is that
	// old: editors and version control write several files one after the other.
	poll = 300 * time.Millisecond
	// mostFiles bounds the files that are watched.
	mostFiles = 20000
)

// sources are the ends of the names of files whose change means a new plugin.
var sources = []string{".go", ".mod", ".sum", ".s", ".py"}

// script is the program in the folder of a Python plugin, as plugin new writes it.
const script = "plugin.py"

// Project is a plugin under development.
type Project struct {
	// Dir is the folder whose sources are watched.
	Dir string
	// Program is the file that is started. Build makes it from Go sources.
	Program string

	built string // where the next program is built, empty for a script
}

// Open opens a folder of Go sources, a folder with a plugin.py, or a script. Programs are
// built in the folder work.
func Open(path, work string) (*Project, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return ofScript(path, info)
	}
	if files, err := filepath.Glob(filepath.Join(path, "*.go")); err == nil && len(files) > 0 {
		name := filepath.Base(path)
		return &Project{Dir: path, Program: filepath.Join(work, name), built: filepath.Join(work, "."+name)}, nil
	}
	file := filepath.Join(path, script)
	if info, err := os.Stat(file); err == nil {
		return ofScript(file, info)
	}
	return nil, hint.With(fmt.Errorf("%s has neither Go sources nor a %s", path, script),
		"runner plugin new writes the folder of a plugin")
}

func ofScript(path string, info fs.FileInfo) (*Project, error) {
	switch {
	case strings.HasSuffix(path, ".go"):
		return nil, hint.With(fmt.Errorf("%s is one source of a program", path), "name its folder, %s",
			filepath.Dir(path))
	case info.Mode().Perm()&0o111 == 0:
		return nil, hint.With(fmt.Errorf("%s is not executable", path), "chmod +x %s", path)
	}
	return &Project{Dir: filepath.Dir(path), Program: path}, nil
}

// Build builds the sources beside the program that still runs. The error is the
// compiler's. A script needs no build.
func (p *Project) Build(ctx context.Context) error {
	if p.built == "" {
		return nil
	}
	c := exec.CommandContext(ctx, "go", "build", "-o", p.built, ".")
	c.Dir = p.Dir
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return hint.With(err, "a Go plugin needs the Go toolchain on the path")
	case err != nil:
		return errors.New(strings.TrimSpace(said.String()))
	}
	return nil
}

// Install replaces the program by what was built.
func (p *Project) Install() error {
	if p.built == "" {
		return nil
	}
	return os.Rename(p.built, p.Program)
}

// Stamp describes the sources: it differs when any of them does.
func (p *Project) Stamp() (string, error) {
	var text strings.Builder
	files := 0
	err := filepath.WalkDir(p.Dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // removed while we looked
		case err != nil:
			return err
		case entry.IsDir() && path != p.Dir && (strings.HasPrefix(entry.Name(), ".") ||
			strings.HasPrefix(entry.Name(), "__")):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		if files++; files > mostFiles {
			return hint.With(fmt.Errorf("%s has more than %d files to watch", p.Dir, mostFiles),
				"keep data and runs out of the plugin's folder")
		}
		if !slices.Contains(sources, filepath.Ext(path)) {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			fmt.Fprintf(&text, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return text.String(), err
}

// Changed waits until the sources differ from the stamp and have stopped changing.
func (p *Project) Changed(ctx context.Context, stamp string) error {
	before := stamp
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(poll):
		}
		now, err := p.Stamp()
		if err != nil {
			return err
		}
		if now != stamp && now == before {
			return nil
		}
		before = now
	}
}
