package layout

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/labelfile"
	"montage/runner/picture"
)

// filePattern says where the frames of a row are.
type filePattern struct {
	base string // folder of the label file
	text string
	// standard reports a pattern that nobody wrote: frames/{id}.
	standard bool
}

const standardFiles = "frames/{id}"

var placeholder = regexp.MustCompile(`\{([^{}]+)\}`)

// findFiles returns the pattern of the spec, or the one that fits what lies beside the file.
func (t *table) findFiles() (filePattern, error) {
	p := filePattern{base: filepath.Dir(t.source.Path), text: t.source.Table.Files}
	if p.text == "" {
		p.text = t.guessFiles(p.base)
		if p.standard = p.text == standardFiles; !p.standard {
			t.source.found("[data.table] files = %q", p.text)
		}
	}
	names := placeholder.FindAllStringSubmatch(p.text, -1)
	if len(names) == 0 {
		return p, hint.With(fmt.Errorf("data.table.files = %q is the same for all samples", p.text),
			`name a column in braces: files = "frames/{id}"`)
	}
	for _, name := range names {
		if name[1] != "id" && !t.file.Has(name[1]) {
			return p, t.mustHave("files", name[1])
		}
	}
	return p, nil
}

// place sets where the frames of a sample are.
func (p filePattern) place(s *data.Sample, row labelfile.Row) error {
	path, isPattern, err := p.path(s.ID, row)
	if err != nil {
		return err
	}
	if isPattern {
		return p.glob(s, path)
	}
	locate(s, asNamed(path))
	return nil
}

// path puts a row's values in the place of the columns in braces, and reports whether the
// result is a pattern of files.
func (p filePattern) path(id string, row labelfile.Row) (path string, isPattern bool, fault error) {
	isPattern = labelfile.IsPattern(placeholder.ReplaceAllString(p.text, ""))
	path = placeholder.ReplaceAllStringFunc(p.text, func(match string) string {
		name := match[1 : len(match)-1]
		text := id
		if name != "id" {
			v, _ := row.Value(name)
			text = strings.TrimSpace(v.Text)
		}
		if text == "" || strings.ContainsFunc(text, unicode.IsControl) {
			fault = hint.With(fmt.Errorf("column %q gives no path: %q", name, text),
				"the row says by it where the sample's frames are")
		}
		if isPattern {
			text = literal.Replace(text)
		}
		return text
	})
	if !filepath.IsAbs(path) {
		path = filepath.Join(p.base, path)
	}
	return path, isPattern, fault
}

// literal escapes what a pattern of files would take for more than itself.
var literal = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// locate says that the frames of a sample are at a path: a folder, an image or a video.
func locate(s *data.Sample, path string) {
	s.Dir = path
	if picture.IsPicture(path) && !isDir(path) {
		s.Dir, s.Frames = filepath.Dir(path), []string{filepath.Base(path)}
	}
}

// glob takes the images that match, in natural order.
func (p filePattern) glob(s *data.Sample, pattern string) error {
	matches, err := filepath.Glob(pattern)
	if err != nil {
		return fmt.Errorf("pattern %s: %w", pattern, err)
	}
	matches = slices.DeleteFunc(matches, func(path string) bool { return !picture.IsPicture(path) })
	if len(matches) == 0 {
		return hint.With(fmt.Errorf("no image matches %s", pattern), "[data.table] files says where frames are")
	}
	slices.SortFunc(matches, data.Natural)
	s.Dir = p.base
	for _, path := range matches {
		name, err := filepath.Rel(p.base, path)
		if err != nil {
			return fmt.Errorf("frame %s: %w", path, err)
		}
		s.Frames = append(s.Frames, name)
	}
	return nil
}

// asNamed returns the path as the disk has it, where that is another Unicode form: macOS
// and archives made there decompose letters with accents.
func asNamed(path string) string {
	if isASCII := !strings.ContainsFunc(path, func(r rune) bool { return r > unicode.MaxASCII }); isASCII {
		return path // it has one form: the disk need not be asked
	}
	if _, err := os.Lstat(path); err == nil {
		return path
	}
	for _, form := range []norm.Form{norm.NFD, norm.NFC} {
		if other := form.String(path); other != path {
			if _, err := os.Lstat(other); err == nil {
				return other
			}
		}
	}
	return path
}
