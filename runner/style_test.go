package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxColumns is the longest line of Go, with tabs of four columns.
const maxColumns = 120

// source returns the paths and texts of all Go files that people write.
func source(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != ".." {
			return fs.SkipDir
		}
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		if text := read(t, path); !strings.Contains(text, "\n// Code generated ") &&
			!strings.HasPrefix(text, "// Code generated ") {
			files[path] = text
		}
		return nil
	})
	if err != nil || len(files) < 200 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

func TestLinesFit(t *testing.T) {
	for path, text := range source(t) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			if c := columns(strings.TrimSuffix(line, "\n")); c > maxColumns {
				t.Errorf("%s:%d: the line has %d columns, at most %d", path, n, c, maxColumns)
			}
		}
	}
}

// columns counts characters, and a tab to the next multiple of four.
func columns(line string) int {
	n := 0
	for before, after, tab := strings.Cut(line, "\t"); ; before, after, tab = strings.Cut(after, "\t") {
		n += utf8.RuneCountInString(before)
		if !tab {
			return n
		}
		n += 4 - n%4
	}
}

func TestColumns(t *testing.T) {
	for line, want := range map[string]int{"": 0, "ab": 2, "\t": 4, "a\tb": 5, "abc\t": 4, "abcd\t": 8, "\t\tß": 9} {
		if got := columns(line); got != want {
			t.Errorf("%q: %d columns, want %d", line, got, want)
		}
	}
}

// mostPackages is how many packages may have a type of the same name.
const mostPackages = 2

// everywhere are the names that say the same in every package.
var everywhere = []string{"Config", "Result", "Option"}

// TestOneWordOneMeaning counts the packages that have a type of each name, exported or not.
func TestOneWordOneMeaning(t *testing.T) {
	packages := map[string]map[string]bool{}
	for path, text := range source(t) {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls { // types inside functions are nobody else's business
			types, ok := d.(*ast.GenDecl)
			if !ok || types.Tok != token.TYPE {
				continue
			}
			for _, s := range types.Specs {
				name := s.(*ast.TypeSpec).Name.Name
				if packages[name] == nil {
					packages[name] = map[string]bool{}
				}
				packages[name][strings.TrimPrefix(filepath.Dir(path), "../")] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		if in := packages[name]; len(in) > mostPackages && !slices.Contains(everywhere, name) {
			t.Errorf("type %s stands in %d packages, at most %d: %s", name, len(in), mostPackages,
				strings.Join(slices.Sorted(maps.Keys(in)), ", "))
		}
	}
}

// maxLines is the longest function, from its first line to its last. Tests may be longer.
const maxLines = 52

func TestFunctionsAreShort(t *testing.T) {
	for path, text := range source(t) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				from, to := files.Position(f.Pos()).Line, files.Position(f.End()).Line
				if n := to - from + 1; n > maxLines {
					t.Errorf("%s:%d: function %s has %d lines, at most %d", path, from, f.Name.Name, n, maxLines)
				}
			}
		}
	}
}

// unwanted are phrases that the code does without: values compared as text, which calls
// different ones equal, and a way of saying "reports whether".
var unwanted = map[string]*regexp.Regexp{
	"compare the values, not their text": regexp.MustCompile(`fmt\.Sprint\([^()]*\) [!=]= fmt\.Sprint\(`),
	`say "reports whether"`:              regexp.MustCompile(`tells ` + `whether`),
}

func TestUnwantedPhrases(t *testing.T) {
	for path, text := range source(t) {
		for why, phrase := range unwanted {
			if strings.HasSuffix(path, "_test.go") && strings.HasPrefix(why, "compare") {
				continue // a test may compare what it prints
			}
			for n, line := range strings.Split(text, "\n") {
				if phrase.MatchString(line) {
					t.Errorf("%s:%d: %s: %s", path, n+1, strings.TrimSpace(line), why)
				}
			}
		}
	}
}
