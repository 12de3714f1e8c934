package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"montage/core/hint"
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
		return hint.With(fmt.Errorf("plugin path: %s is not executable", entry), "chmod +x %s", entry)
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
