package labelfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"montage/core/hint"
	"montage/runner/data"
)

// Read reads a label file or, of a pattern such as labels/*.json, a file for each sample.
// The format follows from the extension: .jsonl and .ndjson, .json, or a table of columns; a
// file whose first line is a path of an image or video, and one in .lst, is a list of these.
// Delimiter stands between columns; with "" it is found.
//
// Errors are of files that cannot be read. What is wrong inside one is in Table.Problems.
func Read(path, delimiter string) (*Table, error) {
	if c, size := utf8.DecodeRuneInString(delimiter); delimiter != "" &&
		(size != len(delimiter) || c == utf8.RuneError || strings.ContainsRune("\"\r\n", c)) {
		return nil, hint.With(fmt.Errorf("delimiter %q is not one character, or is a quote or line break", delimiter),
			`[data.table] delimiter = ";", or "\t" for tabs; left out, it is found`)
	}
	files, err := Files(path)
	if err != nil {
		return nil, err
	}
	t := &Table{File: path}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read label file: %w", err)
		}
		text, err := decode(content)
		if err != nil {
			t.problem(file, 1, err.Error(), "save it as UTF-8")
			continue
		}
		t.read(file, text, delimiter, len(files) > 1 || IsPattern(path))
	}
	return t, nil
}

// Text returns the text of a file as UTF-8, without a byte order mark and with lines that end in \n.
func Text(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text, err := decode(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

// Parse reads the text of a JSON file that holds one sample.
func Parse(file string, text []byte) *Table {
	t := &Table{File: file}
	t.read(file, text, "", true)
	return t
}

// IsPattern reports whether a path stands for several files.
func IsPattern(path string) bool { return strings.ContainsAny(path, "*?") }

// Files returns the files that a path stands for, in natural order.
func Files(path string) ([]string, error) {
	if !IsPattern(path) {
		return []string{path}, nil
	}
	files, err := filepath.Glob(path)
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", path, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no file matches %s", path)
	}
	slices.SortFunc(files, data.Natural)
	return files, nil
}

func (t *Table) read(file string, text []byte, delimiter string, each bool) {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		t.problem(file, 1+bytes.Count(text[:i], []byte("\n")), "a NUL character",
			"is it a label file, and complete? Save it as UTF-8")
		return
	}
	switch strings.ToLower(filepath.Ext(file)) {
	case ".jsonl", ".ndjson":
		t.readLines(file, text)
	case ".json":
		t.readJSON(file, text, each)
	default:
		switch {
		case isList(file, text):
			t.readList(file, text, delimiter)
		case delimiter == "" && isTSV(file):
			t.readColumns(file, text, "\t")
		default:
			t.readColumns(file, text, delimiter)
		}
	}
}

func isTSV(file string) bool {
	return slices.Contains([]string{".tsv", ".tab"}, strings.ToLower(filepath.Ext(file)))
}

// decode returns the text of a file as UTF-8 without a byte order mark, its lines ended by
// \n: those of one file may end in several ways.
func decode(content []byte) ([]byte, error) {
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		decoder := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
		text, _, err := transform.Bytes(decoder, content)
		if err != nil {
			return nil, fmt.Errorf("the file begins as UTF-16 and is none: %w", err)
		}
		return unixLines(text), nil
	}
	return unixLines(bytes.TrimPrefix(content, []byte("\ufeff"))), nil
}

func unixLines(text []byte) []byte {
	if !bytes.Contains(text, []byte("\r")) {
		return text
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}
