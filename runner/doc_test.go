package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestTheMapHasEveryPackage, once, and no other.
func TestTheMapHasEveryPackage(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var listed, there []string
	for _, line := range regexp.MustCompile(`(?m)^//\trunner/(\S+) +\S`).FindAllSubmatch(text, -1) {
		listed = append(listed, string(line[1]))
	}
	err = filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "testdata" {
			return fs.SkipDir
		}
		if folder := path.Dir(filepath.ToSlash(file)); path.Ext(file) == ".go" && folder != "." {
			there = append(there, folder)
		}
		return err
	})
	slices.Sort(listed)
	slices.Sort(there)
	if there = slices.Compact(there); err != nil || len(there) < 20 || !slices.Equal(listed, there) {
		t.Errorf("the map has %v\nthere are %v, %v", listed, there, err)
	}
}
