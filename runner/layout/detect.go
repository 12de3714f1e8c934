package layout

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/picture"
	"montage/runner/video"
)

// frameFolders are the folders that hold frames, not a class.
var frameFolders = []string{"frames", "images", "videos", "imgs", "img"}

// folderHolds is what a folder of a data set has in it.
type folderHolds struct {
	fitting, others []string // label files whose samples lie near them, and other files like them
	shards          []string
	classes         bool // a folder that may be that of a class
	files           bool // an image or video
}

func (s Source) look(dir string) (h folderHolds, err error) {
	found, err := os.ReadDir(dir)
	if err != nil {
		return h, fmt.Errorf("read data set: %w", err)
	}
	for _, f := range found {
		path := filepath.Join(dir, f.Name())
		switch {
		case hidden(f.Name()):
		case isFolder(path, f):
			h.classes = h.classes || !slices.Contains(frameFolders, strings.ToLower(f.Name()))
		case picture.IsPicture(path) || video.IsVideo(path):
			h.files = true
		case strings.EqualFold(filepath.Ext(path), ".tar"):
			h.shards = append(h.shards, path)
		case isLabelFile(path) && s.fits(path):
			h.fitting = append(h.fitting, path)
		case isLabelFile(path) && !strings.EqualFold(filepath.Ext(path), ".txt"):
			h.others = append(h.others, path)
		}
	}
	return h, nil
}

// held returns what lies in a folder and says its samples: its one label file, its shards,
// or the folder itself where it has neither.
func (s Source) held(dir string) (string, error) {
	h, err := s.look(dir)
	switch {
	case err != nil || h.files && !s.Labeled:
		return dir, err // the files are the samples
	case len(h.fitting) == 1:
		return h.fitting[0], nil
	case len(h.fitting) > 1:
		return "", hint.With(fmt.Errorf("folder %s holds several label files: %s", dir, quoted(h.fitting)),
			"name the one that is meant in [data], such as %q; labeled, unlabeled, valid and test take one each",
			h.fitting[0])
	case len(h.shards) > 0 && !h.classes && !h.files:
		return filepath.Join(dir, "*.tar"), nil
	case !s.Labeled || len(h.others) == 0:
		return dir, nil
	case len(h.others) == 1 && !h.classes:
		return h.others[0], nil // reading it says what is wrong
	}
	s.warn(data.Problem{File: h.others[0], Text: "the file is not read: the frames of its first rows, or its labels, " +
		"were not found", Hint: fmt.Sprintf("[data] labeled = %q reads it all the same", h.others[0])})
	return dir, nil
}

// fits reports whether a file is a label file of samples that lie near it.
func (s Source) fits(path string) bool {
	s.Path, s.of = path, nil
	file, err := s.known.table(s)
	if err != nil || len(file.Rows) == 0 {
		return false
	}
	t := &table{source: s, file: file}
	if t.id, err = t.idColumn(); err != nil {
		return false
	}
	if s.Labeled {
		if _, err := t.findLabels(); err != nil {
			return false
		}
	}
	files, err := t.findFiles()
	return err == nil && (len(s.Features) > 0 || t.leads(files.base, files.text)) && (s.Labeled || files.text != "{id}")
}

// isBare reports whether a path is a folder of images that nothing in it labels.
func (s Source) isBare(path string) bool {
	if !isDir(path) {
		return false
	}
	s.Labeled = true
	h, err := s.look(path)
	return err == nil && h.files && !h.classes && len(h.fitting)+len(h.others) == 0
}

// state states how a path is read that the spec does not name, or names as a folder.
func (s Source) state(role Role) {
	named := paths(s.of.table)[role]
	switch {
	case s.Path == "" || len(s.Values) > 0 && role != Labeled: // the split says it
	case !isDir(s.Path):
		if s.Path != named {
			s.found("[data] %s = %q", role, s.Path)
		}
	case s.Labeled:
		s.found("[data] %s = %q # a folder for each class", role, s.Path)
	case holdsSamples(s.Path):
		s.found("[data] %s = %q # a folder of frames or a video for each sample", role, s.Path)
	default:
		s.found("[data] %s = %q # an image for each sample", role, s.Path)
	}
}

// notLetters divides the name of a shard into words.
var notLetters = regexp.MustCompile(`[^A-Za-z]+`)

// shardsOf looks in a folder for the shards of a role, "" if there are none: train-000.tar.
func shardsOf(dir string, names []string) string {
	found, _ := os.ReadDir(dir) // which opening the folder reports
	for _, f := range found {
		stem, isTar := strings.CutSuffix(f.Name(), ".tar")
		if !isTar || hidden(f.Name()) {
			continue
		}
		for _, word := range notLetters.Split(stem, -1) {
			if slices.Contains(names, strings.ToLower(word)) {
				return filepath.Join(dir, strings.TrimRight(stem, "0123456789")+"*.tar")
			}
		}
	}
	return ""
}
