package layout

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/picture"
	"montage/runner/video"
)

// maxFolders bounds the depth of class folders, and so a link that leads back.
const maxFolders = 16

// readClassFolders reads a folder with a folder for each class. Every image or video below
// is a sample: its labels are the folders on the way to it, its id is its path.
func readClassFolders(source Source) (entries []entry, problems data.Problems, err error) {
	walk := classWalk{root: source.Path, skip: source.skip, unread: map[string]int{}}
	if err := walk.folder("", 0); err != nil {
		return nil, nil, err
	}
	if len(walk.entries) == 0 {
		text := "the folder holds no folder of a class with images in it"
		if source.isBare(source.Path) {
			text = "the folder holds images, and nothing says their labels"
		}
		return nil, data.Problems{{File: source.Path, Text: text,
			Hint: "expected a label file, or a folder for each class: cat/1.jpg, or nested: animals/birds/1.png"}}, nil
	}
	slices.SortFunc(walk.entries, func(a, b entry) int { return data.Natural(a.ID, b.ID) })
	if len(walk.unread) > 0 {
		source.warn(data.Unread(source.Path, walk.unread))
	}
	return walk.entries, nil, nil
}

// classWalk collects the images below a folder.
type classWalk struct {
	root    string
	skip    []string // folders of other data sets
	entries []entry
	unread  map[string]int // by extension
}

func (w *classWalk) folder(at string, depth int) error {
	found, err := os.ReadDir(filepath.Join(w.root, at))
	if err != nil {
		return fmt.Errorf("read data set: %w", err)
	}
	if depth > maxFolders {
		return hint.With(fmt.Errorf("folders below %s are nested deeper than %d", w.root, maxFolders),
			"does a link lead back to a folder above it?")
	}
	for _, f := range found {
		name := filepath.Join(at, f.Name())
		path := filepath.Join(w.root, name)
		switch {
		case hidden(f.Name()) || video.IsTable(f.Name()) || slices.Contains(w.skip, path):
		case isFolder(path, f):
			if err := w.folder(name, depth+1); err != nil {
				return err
			}
		case at != "" && (picture.IsPicture(name) || video.IsVideo(name)):
			e := entry{Sample: data.Sample{ID: filepath.ToSlash(clean(name)), Dir: w.root, Frames: []string{name}}}
			if video.IsVideo(name) {
				e.Dir, e.Frames = path, nil
			}
			for label := range strings.SplitSeq(filepath.ToSlash(at), "/") {
				if label = clean(label); !slices.Contains(e.labels, label) {
					e.labels = append(e.labels, label)
				}
			}
			w.entries = append(w.entries, e)
		default:
			w.unread[strings.ToLower(filepath.Ext(name))]++
		}
	}
	return nil
}

// inside looks in a folder for the folder, label file or shards of a role, "" if there is
// none. It is named as a value of the role's split is.
func inside(dir string, role Role, names []string) (string, error) {
	var folders, files []string
	for _, name := range names {
		for _, ext := range append([]string{""}, labelExtensions...) {
			path := filepath.Join(dir, name+ext)
			info, err := os.Stat(path)
			switch {
			case err != nil || info.IsDir() != (ext == ""):
			case info.IsDir():
				folders = append(folders, path)
			default:
				files = append(files, path)
			}
		}
	}
	found := folders
	if len(files) > 0 { // its frames may be in the folder
		found = files
	}
	if len(found) > 1 {
		return "", hint.With(fmt.Errorf("folder %s holds several that may be the %s samples: %s", dir, role,
			strings.Join(found, ", ")), "[data] %s = %q", role, found[0])
	}
	if len(found) == 0 {
		return shardsOf(dir, names), nil
	}
	return found[0], nil
}
