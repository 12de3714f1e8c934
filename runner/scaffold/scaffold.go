package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"montage/core"
	"montage/core/hint"
)

//go:embed template
var templates embed.FS

// The languages that a plugin can be written in from the start.
const (
	Go     = "go"
	Python = "python"
)

// Plugin says what to write.
type Plugin struct {
	Kind core.Kind
	// Name is the component's, the program's and the folder's.
	Name string
	// Language is Go or Python.
	Language string
	// Dir is the folder to make, new or empty.
	Dir string
	// Montage is the source tree that holds the SDK.
	Montage string
}

// file is one file of a new plugin, by its template.
type file struct {
	name, template string
	mode           fs.FileMode
}

var name = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (p Plugin) check() error {
	switch {
	case !slices.Contains(core.Kinds, p.Kind):
		return hint.With(fmt.Errorf("kind %q does not exist", p.Kind), "one of %s", strings.Trim(fmt.Sprint(core.Kinds),
			"[]"))
	case !name.MatchString(p.Name):
		return fmt.Errorf("name %q is not of lower case letters, digits and single dashes", p.Name)
	case p.Language != Go && p.Language != Python:
		return fmt.Errorf("language %q is neither %s nor %s", p.Language, Go, Python)
	}
	entries, err := os.ReadDir(p.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return hint.With(fmt.Errorf("folder %s is not empty", p.Dir), "name another with --dir")
	}
	return nil
}

// Write makes the folder and returns the names of its files, sorted.
func Write(p Plugin) ([]string, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	made := map[string][]byte{}
	if p.Language == Go {
		module, sums, err := p.module()
		if err != nil {
			return nil, err
		}
		made["go.mod"], made["go.sum"] = module, sums
	}
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		return nil, err
	}
	names := []string{}
	for _, f := range p.files() {
		text, err := p.render(f.template)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(p.Dir, f.name), text, f.mode); err != nil {
			return nil, err
		}
		names = append(names, f.name)
	}
	for _, n := range slices.Sorted(maps.Keys(made)) { // of several that fail, the first is named
		if err := os.WriteFile(filepath.Join(p.Dir, n), made[n], 0o644); err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	slices.Sort(names)
	return names, nil
}

func (p Plugin) files() []file {
	out := []file{{"spec.toml", "spec.toml", 0o644}, {"README.md", "README.md", 0o644}}
	kind := strings.ReplaceAll(string(p.Kind), "-", "")
	if p.Language == Python {
		return append(out, file{"plugin.py", "python/" + kind + ".py", 0o755}, file{"test_plugin.py", "python/test.py",
			0o644})
	}
	return append(out, file{"main.go", "go/" + kind + ".go", 0o644}, file{"main_test.go", "go/test.go", 0o644})
}

// render fills a template. Templates are named as the files that they become, with
// .tmpl behind, so that no tool takes them for source.
func (p Plugin) render(path string) ([]byte, error) {
	t, err := template.New(filepath.Base(path)+".tmpl").ParseFS(templates, "template/"+path+".tmpl")
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", path, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("template %s: %w", path, err)
	}
	return b.Bytes(), nil
}

// Program is the file that the runner starts.
func (p Plugin) Program() string {
	if p.Language == Python {
		return "plugin.py"
	}
	return p.Name
}
