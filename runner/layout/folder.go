package layout

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"montage/runner/data"
	"montage/runner/picture"
	"montage/runner/video"
)

// readFolder reads samples without labels: a folder of frames for each or, in a folder
// without folders, an image or a video for each.
func readFolder(source Source) (entries []entry, problems data.Problems, err error) {
	found, err := os.ReadDir(source.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("read data set: %w", err)
	}
	var files []entry
	for _, f := range found {
		path := filepath.Join(source.Path, f.Name())
		switch {
		case hidden(f.Name()):
		case isFolder(path, f):
			entries = append(entries, entry{Sample: data.Sample{ID: f.Name(), Dir: path}})
		case picture.IsPicture(f.Name()) || video.IsVideo(f.Name()):
			e := entry{Sample: data.Sample{ID: f.Name()}}
			locate(&e.Sample, path)
			files = append(files, e)
		}
	}
	if len(entries) == 0 {
		entries = files
	}
	if len(entries) == 0 {
		return nil, nil, data.Problems{{File: source.Path, Text: "the folder holds no folders of frames, images or " +
			"videos",
			Hint: "an unlabelled data set is a folder with a folder of images, an image or a video for each sample"}}
	}
	slices.SortFunc(entries, func(a, b entry) int { return data.Natural(a.ID, b.ID) })
	return entries, nil, nil
}

// holdsSamples reports whether a path is a folder of samples: with folders or videos in it,
// and no picture.
func holdsSamples(path string) (holds bool) {
	found, _ := os.ReadDir(path)
	for _, f := range found {
		switch {
		case hidden(f.Name()):
		case isFolder(filepath.Join(path, f.Name()), f) || video.IsVideo(f.Name()):
			holds = true
		case picture.IsPicture(f.Name()):
			return false
		}
	}
	return holds
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
func hidden(name string) bool { return strings.HasPrefix(name, ".") || name == "__MACOSX" }
