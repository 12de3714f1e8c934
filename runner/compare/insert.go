package compare

import (
	"fmt"
	"os"
	"strings"

	"github.com/google/renameio/v2"
)

// The marks of the place for a table in a Markdown file.
const (
	From = "<!-- results -->\n"
	To   = "<!-- end -->"
)

// CheckPlace checks that a file has the marks, so that a mistake shows before hours of training.
func CheckPlace(path string) error {
	_, _, err := place(path)
	return err
}

// Insert puts a table between the marks of a file, in place of what is there.
func Insert(path, table string) error {
	before, after, err := place(path)
	if err != nil {
		return err
	}
	return renameio.WriteFile(path, []byte(before+table+after), 0o644)
}

func place(path string) (before, after string, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", "", fmt.Errorf("file for the table: %w", err)
	}
	head, rest, found := strings.Cut(string(raw), From)
	_, tail, ended := strings.Cut(rest, To)
	if !found || !ended {
		return "", "", fmt.Errorf("%s has no place for the table\nhint: it goes between a line %s and a line %s", path,
			strings.TrimSpace(From), To)
	}
	return head + From, To + tail, nil
}
