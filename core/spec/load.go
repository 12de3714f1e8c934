package spec

import (
	"fmt"
	"path/filepath"
	"strings"
)

// maxExtends bounds the chain of files that extend each other. A circle is found by its
// paths, save one that goes through links.
const maxExtends = 8

// Load reads a spec, merges it over what it extends, applies the overrides (key=value, as
// of -s) and checks everything that can be checked without plugins. It does not check
// that the named files exist, because a finished run is loaded without its data too:
// [Spec.CheckFiles] does.
//
// If a file cannot be read or is not TOML, the spec is nil. After other problems it holds
// the default instead of each wrong value, so that the further checks can report their
// problems at the same time; it must not be run.
func Load(path string, overrides []string) (*Spec, Problems) {
	root, problems := loadTree(newSource(path), nil)
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	for _, text := range overrides {
		over, err := override(root, text)
		if err != nil {
			// The other overrides are tried too, so that all wrong ones are reported
			// together.
			problems = append(problems, problemAt(commandLine(text), err))
			continue
		}
		root = over
	}
	b := builder{spec: &Spec{tree: root}, Problems: problems}
	b.build()
	return b.spec, b.sorted()
}

// loadTree reads a file and what it extends; chain holds the files that led to it.
func loadTree(s *source, chain []*source) (*node, Problems) {
	var problems Problems
	if err := s.read(); err != nil {
		return nil, append(problems, problemAt(s.whole(), err))
	}
	root, problems := parse(s)
	link := root.field("extends")
	if link == nil || len(problems) > 0 {
		return root, problems
	}
	// A base may itself extend a file; the whole chain is merged before this file is laid
	// over it.
	base, problems := loadBase(link, append(chain, s))
	if len(problems) > 0 {
		return nil, problems
	}
	return merge(base, root), nil
}

func loadBase(link *node, chain []*source) (*node, Problems) {
	var problems Problems
	path, ok := link.value.(string)
	if !ok || path == "" {
		problems.add(link.at, "", `extends must be the path of a spec, such as "base.toml"`)
		return nil, problems
	}
	base := newSource(resolve(link.folder, path))
	for i, s := range chain {
		if s.path == base.path {
			problems.add(link.at, "", "extends in a circle: %s", circle(chain[i:], base))
			return nil, problems
		}
	}
	if len(chain) >= maxExtends {
		problems.add(link.at, "", "extends a chain of more than %d files", maxExtends)
		return nil, problems
	}
	tree, problems := loadTree(base, chain)
	if base.data == nil && len(problems) == 1 { // not readable: the position is the line that names it
		problems[0] = Problem{Pos: link.at, Message: fmt.Sprintf("extends %q: %s", path, problems[0].Message),
			Hint: problems[0].Hint}
	}
	return tree, problems
}

func circle(chain []*source, base *source) string {
	var names []string
	for _, s := range chain {
		names = append(names, s.shown)
	}
	return strings.Join(append(names, base.shown), " extends ")
}

// An empty path stays empty: it means that the key was not given, not the folder itself.
func resolve(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
