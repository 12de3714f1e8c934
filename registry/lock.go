package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"slices"

	"montage/core"
	"montage/core/hint"
)

// Lock says which plugins a spec runs with. Bundled plugins are not in it: they are
// the runner.
type Lock struct {
	// Path is the file that it was read from.
	Path    string   `json:"-"`
	Plugins []Locked `json:"plugins"`
}

// Locked is one plugin of a lock.
type Locked struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Protocol int    `json:"protocol"`
	// SHA256 is that of the plugin's file, by system and processor: "linux/amd64". For a
	// script it is the script's alone.
	SHA256 map[string]string `json:"sha256"`
}

// platform is the key of this machine's sums.
func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// ReadLock reads a lock, and returns nil where the file does not exist.
func ReadLock(path string) (*Lock, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("plugin lock: %w", err)
	}
	l := &Lock{Path: path}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(l); err != nil {
		return nil, hint.With(fmt.Errorf("plugin lock %s: %w", path, err), "write it again: runner plugin lock SPEC")
	}
	return l, nil
}

// Encode returns the lock as a file, for the command to write to its path. What a file there
// says of the same versions on other systems is kept.
func (l *Lock) Encode() ([]byte, error) {
	before, err := l.before()
	if err != nil {
		return nil, err
	}
	for i, p := range l.Plugins {
		if was := before.find(p.Name); was != nil && was.Version == p.Version {
			sums := maps.Clone(was.SHA256)
			maps.Copy(sums, p.SHA256)
			l.Plugins[i].SHA256 = sums
		}
	}
	document, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("plugin lock: %w", err)
	}
	return append(document, '\n'), nil
}

// before is the lock that a regular file at the path holds, nil without one. To read a FIFO
// would wait for a writer who never comes.
func (l *Lock) before() (*Lock, error) {
	if info, err := os.Stat(l.Path); err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	return ReadLock(l.Path)
}

func (l *Lock) find(name string) *Locked {
	if l == nil {
		return nil
	}
	i := slices.IndexFunc(l.Plugins, func(p Locked) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &l.Plugins[i]
}

// check refuses a plugin that is not the locked one. A nil lock takes all.
func (l *Lock) check(p *Plugin, sum string) error {
	if l == nil || p.Bundled || p.attach != "" {
		return nil
	}
	refuse := func(what string) error {
		return hint.With(fmt.Errorf("plugin %q (%s) %s", p.Name, p.Command[0], what),
			"put the locked plugin back, or take this one: runner plugin lock SPEC")
	}
	was := l.find(p.Name)
	if was == nil {
		return refuse("is not in the lock " + l.Path)
	}
	locked, known := was.SHA256[platform()]
	switch {
	case was.Version != p.Version:
		return refuse(fmt.Sprintf("is version %s, the lock %s wants %s", p.Version, l.Path, was.Version))
	case !known:
		return refuse(fmt.Sprintf("is not in the lock %s for %s", l.Path, platform()))
	case locked != sum:
		return refuse(fmt.Sprintf("is not the plugin of the lock %s: its sha256 is %.12s…, expected %.12s…", l.Path,
			sum, locked))
	}
	return nil
}

// Wanted names a component.
type Wanted struct {
	Kind core.Kind
	Name string
}

// Lock returns the lock of the plugins that serve the components, save bundled ones.
func (r *Registry) Lock(path string, components []Wanted) (*Lock, error) {
	l := &Lock{Path: path, Plugins: []Locked{}}
	for _, c := range components {
		p, _, err := r.find(c.Kind, c.Name)
		if err != nil {
			return nil, err
		}
		if p.Bundled || l.find(p.Name) != nil {
			continue
		}
		sum, err := r.sum(p)
		if err != nil {
			return nil, err
		}
		l.Plugins = append(l.Plugins, Locked{Name: p.Name, Version: p.Version, Protocol: p.Protocol,
			SHA256: map[string]string{platform(): sum}})
	}
	slices.SortFunc(l.Plugins, func(a, b Locked) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return l, nil
}
