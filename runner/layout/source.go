package layout

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/labelfile"
)

// source says how the data set of a role is read. Its Path is "" where there is none.
func (l *Layout) source(role Role) (s Source, err error) {
	if s, ok := l.sources[role]; ok {
		return s, nil
	}
	d := l.table
	s = Source{Table: d.Table, Split: d.Split, Labeled: role.labelled(), OnError: data.OnError(d.OnError),
		Features: d.Features, Video: d.Video, known: l.known, of: l}
	s.Path = paths(d)[role]
	if role == Labeled || s.Path == "" {
		if s, err = l.besideLabeled(s, role); err != nil {
			return s, err
		}
	}
	if isDir(s.Path) && len(s.Values) == 0 {
		if s.Path, err = s.held(s.Path); err != nil {
			return s, err
		}
	}
	s.state(role)
	l.sources[role] = s
	return s, nil
}

// paths returns what the spec names for each role.
func paths(d spec.DataTable) map[Role]string {
	return map[Role]string{Labeled: d.Labeled, Unlabeled: d.Unlabeled, Valid: d.Valid, Test: d.Test}
}

// besideLabeled looks for a data set in what [data] labeled names: a folder with several, or
// a label file with splits.
func (l *Layout) besideLabeled(s Source, role Role) (Source, error) {
	all := l.table.Labeled
	if isDir(all) {
		found, err := l.apart(s)
		if len(found.paths) > 0 {
			found.tell(s)
		}
		if err != nil || found.paths[role] != "" || len(found.paths) > 0 && role != Labeled {
			s.Path = found.paths[role]
			return s, err
		}
		if all, err = l.inFolder(s); err != nil {
			return s, err
		}
		if isDir(all) {
			if all, s.skip = found.classes(all); len(s.skip) > 0 {
				found.tell(s)
			}
		}
	}
	if role == Labeled {
		s.Path = all
	}
	if all == "" || !l.table.Split.Given() {
		return s, nil
	}
	s.Path, s.Values = all, valuesOf(l.table.Split)[role]
	if has, err := s.hasRows(); err == nil && !has && role != Labeled {
		s.Path = ""
	}
	return s, nil
}

// apartFolder is what a folder has for each role.
type apartFolder struct {
	paths map[Role]string
	bare  []string // folders that may be these, and hold images without labels
}

// tell warns of bare folders, which are left out.
func (f apartFolder) tell(s Source) {
	for _, path := range f.bare {
		s.warn(data.Problem{File: path, Text: "the folder is no data set: it holds images, and nothing says their " +
			"labels", Hint: "predict takes it, and [data] unlabeled does"})
	}
}

// classes returns the folder whose folders are classes, and those that are none: the data
// sets for other roles. It is a bare one where there is no class.
func (f apartFolder) classes(dir string) (path string, skip []string) {
	skip = slices.AppendSeq(f.bare, maps.Values(f.paths))
	found, _ := os.ReadDir(dir) // which reading the classes reports
	for _, e := range found {
		path := filepath.Join(dir, e.Name())
		if !hidden(e.Name()) && isFolder(path, e) && !slices.Contains(skip, path) {
			return dir, skip
		}
	}
	if len(f.bare) > 0 {
		return f.bare[0], nil
	}
	return dir, skip
}

// apart looks, once, for a data set for each role in the folder that [data] labeled names.
func (l *Layout) apart(s Source) (found apartFolder, err error) {
	if l.inside != nil {
		return *l.inside, nil
	}
	found.paths = map[Role]string{}
	if l.table.Split.File != "" {
		return found, nil // the file divides what is in the folder
	}
	for _, role := range Roles {
		path, err := inside(l.table.Labeled, role, valuesOf(l.table.Split)[role])
		switch {
		case err != nil:
			return found, err
		case path != "" && role.labelled() && s.isBare(path):
			found.bare = append(found.bare, path)
		case path != "":
			found.paths[role] = path
		}
	}
	l.inside = &found
	return found, nil
}

// inFolder returns what the folder that [data] labeled names holds for all data sets.
func (l *Layout) inFolder(s Source) (string, error) {
	s.Labeled = true
	return s.held(l.table.Labeled)
}

// hasRows reports whether the label file has a row of the source.
func (s Source) hasRows() (bool, error) {
	if !s.hasColumns() {
		return s.fileHas()
	}
	file, err := s.known.table(s)
	if err != nil {
		return false, err
	}
	t := &table{source: s, file: file}
	if t.id, err = t.idColumn(); err != nil {
		return false, err
	}
	wanted, err := s.splitter(file)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(file.Rows, func(row labelfile.Row) bool { return wanted(row, t.idOf(row)) }), nil
}
