package spec

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// CheckFiles reports files that the spec names but that are missing or cannot be read.
func (s *Spec) CheckFiles() Problems {
	var problems Problems
	type named struct {
		path, file string
		folder     bool
		hint       string
	}
	files := []named{
		{"data.labeled", s.Data.Labeled, true, "make an example with: runner synth " + synthFolder(s.Data.Labeled)},
		{"data.unlabeled", s.Data.Unlabeled, true, "make an example with: runner synth " +
			synthFolder(s.Data.Unlabeled)},
		{"data.test", s.Data.Test, true, "make an example with: runner synth " + synthFolder(s.Data.Test)},
		{"data.valid", s.Data.Valid, true, "leave valid out, and no checkpoint is kept as the best"},
		{"data.class_file", s.Data.ClassFile, false, "a text file with a class a line"},
		{"data.split.file", s.Data.Split.File, false, ""},
		{"data.video.scenes", s.Data.Video.Scenes, true, "leave it out to find scenes by the threshold"},
		{"backbone.weights", s.Weights, false, "leave weights out to start from random numbers"},
	}
	for _, file := range s.Data.Features {
		files = append(files, named{"data.features", file, false, "runner embed RUN PATH --out FILE writes features"})
	}
	for _, f := range files {
		if f.file == "" || strings.ContainsAny(f.file, "*?[{") { // the files of a pattern are found later
			continue
		}
		if wrong, gone := missing(f.file, f.folder); wrong != "" {
			// A hint on how to make the file does not help with one that is there.
			if !gone {
				f.hint = ""
			}
			problems.add(s.PosOf(f.path), f.hint, "%s: %s %s", f.path, shorten(f.file), wrong)
		}
	}
	return problems.sorted()
}

// missing says why a file cannot be read, "" if it can, and reports whether it is gone.
// It looks at what the path leads to, links included.
func missing(file string, mayBeFolder bool) (wrong string, gone bool) {
	info, err := os.Stat(file)
	switch {
	case os.IsNotExist(err):
		return "does not exist", true
	case err != nil:
		return fmt.Sprintf("cannot be read: %v", reason(err)), false
	case info.IsDir() && !mayBeFolder:
		return "is a folder, expected a file", false
	}
	return "", false
}

func synthFolder(file string) string { return shorten(filepath.Dir(file)) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
