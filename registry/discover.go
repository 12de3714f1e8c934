package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"montage/core"
	"montage/registry/internal/host"
)

// discover returns the executable files of the folders and of the path, each
// once, in the order in which they were named.
func discover(dirs []string, path string) (files []string, problems []error) {
	seen := map[string]bool{}
	add := func(file string) {
		real, err := filepath.EvalSymlinks(file)
		if err == nil && !seen[real] {
			seen[real] = true
			files = append(files, file)
		}
	}
	for _, dir := range dirs {
		if err := eachPlugin(dir, add); err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, err)
		}
	}
	for _, entry := range filepath.SplitList(path) {
		if err := eachOf(entry, add); err != nil {
			problems = append(problems, err)
		}
	}
	return files, problems
}

// eachOf takes a folder of plugins or a plugin.
func eachOf(entry string, add func(string)) error {
	info, err := os.Stat(entry)
	switch {
	case entry == "":
		return nil
	case err != nil:
		return fmt.Errorf("plugin path: %w", err)
	case info.IsDir():
		return eachPlugin(entry, add)
	case !executable(info):
		return fmt.Errorf("plugin path: %s is not executable\nhint: chmod +x %s", entry, entry)
	}
	absolute, err := filepath.Abs(entry)
	if err != nil {
		return fmt.Errorf("plugin path: %w", err)
	}
	add(absolute)
	return nil
}

func eachPlugin(dir string, add func(string)) error {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("plugin folder: %w", err)
	}
	entries, err := os.ReadDir(absolute)
	if err != nil {
		return fmt.Errorf("plugin folder: %w", err)
	}
	for _, e := range entries {
		file := filepath.Join(absolute, e.Name())
		info, err := os.Stat(file) // not the entry's, which is of the link
		if err == nil && executable(info) && !strings.HasPrefix(e.Name(), ".") {
			add(file)
		}
	}
	return nil
}

func executable(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// handshake takes what a plugin says of itself, or holds it to what is known.
func (p *Plugin) handshake(h host.Hello) error {
	if len(p.Components) == 0 {
		for _, d := range h.Components {
			if err := checkDescription(d); err != nil {
				return fmt.Errorf("plugin %s: %w", p.place(), err)
			}
		}
		p.Components = h.Components
	}
	if p.Name == "" {
		p.Name = h.Name
	}
	if p.Version == "" {
		p.Version = h.Version
	}
	if h.Name != p.Name || h.Version != p.Version {
		return fmt.Errorf("plugin %s is %s %s, expected %s %s", p.place(), h.Name, h.Version, p.Name, p.Version)
	}
	want, got := canonical(p.Components), canonical(h.Components)
	if want != got {
		return fmt.Errorf("plugin %q describes its components otherwise than before\n  expected: %s\n  seen:     "+
			"%s\nhint: was it replaced during the run?", p.Name, want, got)
	}
	return nil
}

func checkDescription(d core.Description) error {
	known := false
	for _, k := range core.Kinds {
		known = known || d.Kind == k
	}
	if !known || d.Name == "" {
		return fmt.Errorf("component %q is of kind %q, which does not exist", d.Name, d.Kind)
	}
	for _, o := range d.Options {
		if err := o.Check(); err != nil {
			return fmt.Errorf("component %s: %w", d.ID(), err)
		}
	}
	return nil
}

// canonical is the same for descriptions that are equal, before and after the wire.
func canonical(list []core.Description) string {
	text, err := json.Marshal(list)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
