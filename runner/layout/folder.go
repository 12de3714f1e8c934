package layout

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"montage/core/hint"
	"montage/runner/data"
)

// readFolder reads a folder with a folder of frames for each sample.
func readFolder(source Source) (entries []entry, problems data.Problems, err error) {
	if source.Labeled {
		return nil, nil, hint.With(
			fmt.Errorf("labelled data set %s is a folder, expected a CSV file", source.Path), "%s", columnHint)
	}
	found, err := os.ReadDir(source.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("read data set: %w", err)
	}
	for _, f := range found {
		dir := filepath.Join(source.Path, f.Name())
		if !hidden(f.Name()) && isFolder(dir, f) {
			entries = append(entries, entry{Sample: data.Sample{ID: f.Name(), Dir: dir}})
		}
	}
	if len(entries) == 0 {
		return nil, nil, data.Problems{{File: source.Path, Text: "the folder holds no folders of frames",
			Hint: "an unlabelled data set is a folder with a folder of JPEG or PNG files for each sample"}}
	}
	slices.SortFunc(entries, func(a, b entry) int { return data.Natural(a.ID, b.ID) })
	return entries, nil, nil
}

// isFolder follows links. One that leads nowhere counts, so that it is reported as
// a missing folder instead of being passed over.
func isFolder(path string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.IsDir()
	}
	info, err := os.Stat(path)
	return err != nil || info.IsDir()
}

// hidden reports whether a file belongs to a desktop or file system: .DS_Store, ._0001.jpg.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }
