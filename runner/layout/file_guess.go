package layout

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"montage/runner/data"
	"montage/runner/labelfile"
	"montage/runner/picture"
	"montage/runner/video"
)

// pathColumns are the columns whose name says that they hold paths, in small letters.
var pathColumns = []string{labelfile.PathColumn, "file", "filename", "file_name", "filepath", "image", "image_path",
	"img"}

// guessed is the number of rows whose frames are looked for where the spec does not say
// where they are.
const guessed = 5

// guessFiles looks for a folder frames, a column of paths, and files or folders named as
// the samples.
func (t *table) guessFiles(base string) string {
	hasFrames := isDir(filepath.Join(base, "frames"))
	if hasFrames && !t.file.List && (len(t.file.Rows) == 0 || t.leads(base, standardFiles)) {
		return standardFiles
	}
	folders := t.guessFolders(base)
	columns := t.pathColumns()
	for _, column := range columns {
		for _, folder := range folders {
			if t.leads(base, folder+"{"+column+"}") {
				return folder + "{" + column + "}"
			}
		}
	}
	if len(columns) > 0 && !hasFrames {
		return "{" + columns[0] + "}"
	}
	for _, folder := range folders {
		for _, ext := range slices.Concat([]string{""}, picture.Extensions, video.Extensions) {
			if t.leads(base, folder+"{id}"+ext) {
				return folder + "{id}" + ext
			}
		}
	}
	return standardFiles
}

// pathColumns returns the columns that may hold paths, the likelier first.
func (t *table) pathColumns() (columns []string) {
	for _, name := range pathColumns {
		for _, c := range t.file.Columns {
			if strings.ToLower(c) == name {
				columns = append(columns, c)
			}
		}
	}
	return columns
}

// guessFolders returns where frames may lie: beside the label file, in a folder there, or in
// one beside its folder that has the label file's name or a common one.
func (t *table) guessFolders(base string) []string {
	const most = 100 // more folders are those of samples or classes
	stem := strings.TrimSuffix(filepath.Base(t.source.Path), filepath.Ext(t.source.Path))
	named := []string{stem + "/", stem[strings.LastIndexAny(stem, "_.-")+1:] + "/", "images/", "videos/", "frames/"}
	folders := append([]string{""}, named...)
	if found, err := os.ReadDir(base); err == nil && len(found) <= most {
		for _, f := range found {
			if path := filepath.Join(base, f.Name()); !hidden(f.Name()) && isFolder(path, f) {
				folders = once(folders, f.Name()+"/")
			}
		}
	}
	folders = append(folders, "../")
	for _, name := range append(named, "JPEGImages/") {
		folders = append(folders, "../"+name)
	}
	return folders
}

// leads reports whether a pattern leads to a file or folder for one of the first rows.
func (t *table) leads(base, pattern string) bool {
	p := filePattern{base: base, text: pattern}
	return slices.ContainsFunc(t.file.Rows[:min(guessed, len(t.file.Rows))], func(row labelfile.Row) bool {
		path, isPattern, err := p.path(t.idOf(row), row)
		if err != nil || t.idOf(row) == "" {
			return false
		}
		if isPattern {
			return p.glob(&data.Sample{}, path) == nil
		}
		_, err = os.Stat(asNamed(path))
		return err == nil
	})
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
