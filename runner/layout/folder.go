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

// readFolder reads samples without labels: a folder of frames or a video for each or, where
// there are none, an image for each.
func readFolder(source Source) (entries []entry, problems data.Problems, err error) {
	found, err := os.ReadDir(source.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("read data set: %w", err)
	}
	var images []entry
	for _, f := range found {
		path := filepath.Join(source.Path, f.Name())
		e := entry{Sample: data.Sample{ID: f.Name(), Dir: path}}
		switch {
		case hidden(f.Name()):
		case isFolder(path, f) || video.IsVideo(f.Name()):
			entries = append(entries, e)
		case picture.IsPicture(f.Name()):
			locate(&e.Sample, path)
			images = append(images, e)
		}
	}
	if len(entries) > 0 && len(images) > 0 {
		source.warn(data.Problem{File: source.Path,
			Text: fmt.Sprintf("%d images beside the folders and videos are not read, %s first", len(images),
				images[0].ID), Hint: "put each into a folder to make it a sample"})
	}
	if len(entries) == 0 {
		entries = images
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
