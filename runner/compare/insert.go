package compare

import (
	"fmt"
	"os"
	"strings"

	"montage/core/hint"
	"montage/runner/output"
)

// A table goes between these marks of a Markdown file.
const (
	From = "<!-- results -->\n"
	To   = "<!-- end -->"
)

// CheckMarks checks that a file has the marks, so that a mistake shows before hours of training.
func CheckMarks(path string) error {
	if _, _, err := around(path); err != nil {
		return err
	}
	return output.Check(path)
}

// Insert puts a table between the marks of a file, replacing what is there.
func Insert(path, table string) error {
	before, after, err := around(path)
	if err != nil {
		return err
	}
	return output.Write(path, []byte(before+table+after))
}

func around(path string) (before, after string, err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // to read a FIFO would wait for ever
		return "", "", fmt.Errorf("%s is no regular file, expected a Markdown file", path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", "", fmt.Errorf("file for the table: %w", err)
	}
	head, rest, found := strings.Cut(string(raw), From)
	_, tail, ended := strings.Cut(rest, To)
	if !found || !ended {
		return "", "", hint.With(fmt.Errorf("%s has no place for the table", path),
			"it goes between a line %s and a line %s", strings.TrimSpace(From), To)
	}
	return head + From, To + tail, nil
}
