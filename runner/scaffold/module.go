package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"montage/core/hint"
)

// module writes the plugin's go.mod and go.sum. They require the same modules as the source
// tree, so that the plugin builds without a download.
func (p Plugin) module() (module, sums []byte, err error) {
	tree, err := os.ReadFile(filepath.Join(p.Montage, "go.mod"))
	if err != nil {
		return nil, nil, fmt.Errorf("source tree of montage: %w", err)
	}
	if sums, err = os.ReadFile(filepath.Join(p.Montage, "go.sum")); err != nil {
		return nil, nil, fmt.Errorf("source tree of montage: %w", err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "module %s\n", p.Name)
	for _, line := range strings.Split(string(tree), "\n")[1:] {
		if !strings.HasPrefix(strings.TrimSpace(line), "//") {
			b.WriteString(line + "\n")
		}
	}
	fmt.Fprintf(&b, "require montage v0.0.0\n\nreplace montage => %s\n", quoted(p.Montage))
	return b.Bytes(), sums, nil
}

// quoted is a path as go.mod takes it.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t\"'`()[]{},") {
		return "\"" + strings.ReplaceAll(path, `"`, `\"`) + "\""
	}
	return path
}

// Tree returns the source tree that holds one of the paths, the first for which there is one.
func Tree(paths ...string) (string, error) {
	for _, path := range paths {
		for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
			if isTree(dir) {
				return dir, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", hint.With(errors.New("the source tree of montage, which holds the SDK, was not found"),
		"name it with --montage PATH")
}

func isTree(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(first) == "module montage"
}
