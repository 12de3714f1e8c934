package layout

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/labelfile"
	"montage/runner/picture"
)

// isShards reports whether a path names tar archives.
func isShards(path string) bool {
	path = strings.ToLower(path)
	return strings.HasSuffix(path, ".tar") || strings.HasSuffix(path, ".tgz") || strings.HasSuffix(path, ".tar.gz")
}

// shardRange is the range of numbers that stands for several shards: {000..009}.
var shardRange = regexp.MustCompile(`\{(\d+)\.\.(\d+)\}`)

// shardPaths returns the archives that a pattern stands for.
func shardPaths(pattern string) (paths []string, err error) {
	if ext := strings.ToLower(filepath.Ext(pattern)); ext != ".tar" {
		return nil, hint.With(fmt.Errorf("shards %s are compressed: single frames cannot be read", pattern),
			"gunzip them: images hardly shrink")
	}
	if span := shardRange.FindStringSubmatch(pattern); span != nil {
		const most = 1_000_000
		first, err := strconv.Atoi(span[1])
		last, err2 := strconv.Atoi(span[2])
		if err = errors.Join(err, err2); err != nil || last < first || last-first >= most {
			return nil, hint.With(fmt.Errorf("shards %s: %s is no range of 1 to %d numbers", pattern, span[0], most),
				"train-{000..009}.tar is ten shards")
		}
		for n := first; n <= last; n++ {
			paths = append(paths, strings.Replace(pattern, span[0], fmt.Sprintf("%0*d", len(span[1]), n), 1))
		}
		return paths, nil
	}
	if !labelfile.IsPattern(pattern) {
		return []string{pattern}, nil
	}
	if paths, err = filepath.Glob(pattern); err == nil && len(paths) == 0 {
		err = fmt.Errorf("no shard matches %s", pattern)
	}
	slices.SortFunc(paths, data.Natural)
	return paths, err
}

// readShards reads tar archives in the layout of WebDataset: the files of a sample have one
// name up to the first dot. Its images are its frames; .cls, .txt or .json has its labels.
//
// Source: https://github.com/webdataset/webdataset, "The WebDataset Format".
func readShards(source Source) ([]entry, data.Problems, error) {
	paths, err := shardPaths(source.Path)
	if err != nil {
		return nil, nil, err
	}
	r := shardReader{source: source, at: map[string]int{}}
	for _, p := range paths {
		if err := r.shard(p); err != nil {
			return nil, nil, err
		}
	}
	var entries []entry
	for _, e := range r.entries {
		switch {
		case len(e.Frames) == 0:
			r.problem(e, "the sample has no image", "a sample's files have one name up to the first dot: 0001.jpg, "+
				"0001.cls")
		case source.Labeled && len(e.labels) == 0 && source.Table.Empty == "error":
			r.problem(e, "the sample has no label", `0001.cls, 0001.txt or 0001.json has the labels of 0001.jpg; `+
				`or [data.table] empty = "none"`)
		case source.Labeled && len(e.labels) == 0 && source.Table.Empty == "leave-out":
		default:
			entries = append(entries, e)
		}
	}
	return entries, r.problems, nil
}

// shardReader collects the samples of archives.
type shardReader struct {
	source   Source
	entries  []entry
	at       map[string]int // of each key in entries
	problems data.Problems
}

func (r *shardReader) problem(e entry, text, hint string) {
	r.problems = append(r.problems, data.Problem{File: e.Dir, Text: fmt.Sprintf("sample %s: %s", e.ID, text),
		Hint: hint})
}

func (r *shardReader) shard(archive string) error {
	file, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("shard: %w", err)
	}
	defer file.Close()
	members := tar.NewReader(file)
	for {
		header, err := members.Next()
		if errors.Is(err, io.EOF) {
			if !ends(file) {
				r.source.warn(data.Problem{File: archive, Text: "the archive has no end: samples may be missing",
					Hint: "is it complete? A tar archive ends with 1024 bytes of zeros"})
			}
			return nil
		}
		if err != nil {
			return hint.With(fmt.Errorf("shard %s: %w", archive, err), "is it a tar archive, and complete?")
		}
		if header.Typeflag != tar.TypeReg || hidden(path.Base(header.Name)) {
			continue
		}
		// The reader takes headers alone ahead, so the file stands where the content begins.
		offset, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return fmt.Errorf("shard %s: %w", archive, err)
		}
		if err := r.member(archive, header, members, offset); err != nil {
			return err
		}
	}
}

// ends reports whether an archive ends as archives do. One that was cut off between two of its files is read without
// an error.
func ends(archive *os.File) bool {
	end := make([]byte, 1024)
	info, err := archive.Stat()
	if err != nil || info.Size() < int64(len(end)) {
		return false
	}
	_, err = archive.ReadAt(end, info.Size()-int64(len(end)))
	return err == nil && !slices.ContainsFunc(end, func(b byte) bool { return b != 0 })
}

// member adds a file to its sample.
func (r *shardReader) member(archive string, header *tar.Header, content io.Reader, offset int64) error {
	name := path.Clean(header.Name)
	stem, ext, _ := strings.Cut(path.Base(name), ".")
	key := clean(path.Join(path.Dir(name), stem))
	i, known := r.at[key]
	if !known {
		i = len(r.entries)
		r.at[key] = i
		r.entries = append(r.entries, entry{Sample: data.Sample{ID: key, Dir: archive}})
	}
	e := &r.entries[i]
	if e.Dir != archive {
		return hint.With(fmt.Errorf("sample %s is in the shards %s and %s", key, e.Dir, archive),
			"a sample belongs to one shard")
	}
	if picture.IsPicture(name) {
		e.Frames = append(e.Frames, name)
		e.Parts = append(e.Parts, data.Part{Offset: offset, Size: header.Size})
		return nil
	}
	if !r.source.Labeled || !slices.Contains([]string{"cls", "txt", "json"}, ext) {
		return nil
	}
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(content, most))
	if err != nil {
		return fmt.Errorf("shard %s: %s: %w", archive, name, err)
	}
	labels, err := shardLabels(r.source, name, text)
	if err != nil {
		r.problem(*e, err.Error(), hint.Join(hint.Of(err)))
	}
	e.labels = append(e.labels, labels...)
	return nil
}

// shardLabels reads the labels of one sample.
func shardLabels(source Source, name string, text []byte) ([]string, error) {
	if path.Ext(name) != ".json" {
		separator := source.Table.Separator
		if separator == "" {
			separator = "|"
		}
		return splitLabels(labelfile.Value{Text: string(text)}, separator)
	}
	t := &table{source: source, file: labelfile.Parse(name, text)}
	if len(t.file.Problems) > 0 {
		return nil, t.file.Problems[0]
	}
	read, err := t.findLabels()
	if err != nil {
		return nil, err
	}
	return read(t.file.Rows[0])
}
