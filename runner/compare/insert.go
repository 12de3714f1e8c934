package compare

import (
	"fmt"
	"os"
	"strings"

	"montage/core/hint"
	"montage/runner/output"
)

// The marks of the place for a table in a Markdown file.
const (
	From = "<!-- results -->\n"
	To   = "<!-- end -->"
)

// CheckPlace checks that a file has the marks, so that a mistake shows before hours of training.
func CheckPlace(path string) error {
	if _, _, err := place(path); err != nil {
		return err
	}
	return output.Check(path)
}

// Insert puts a table between the marks of a file, in place of what is there.
func Insert(path, table string) error {
	before, after, err := place(path)
	if err != nil {
		return err
	}
	return output.Write(path, []byte(before+table+after))
}

func place(path string) (before, after string, err error) {
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
