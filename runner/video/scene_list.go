package video

import (
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"montage/core/hint"
	"montage/core/spec"
)

// listed is a scene of a list, from inclusive to exclusive in frames counted from 0, and its line.
type listed struct{ from, to, line int }

// sceneList is a file with the scenes of a video.
type sceneList struct {
	path   string
	sum    string // of its bytes
	scenes []listed
}

const (
	listHint = "expected PySceneDetect's CSV, or TransNetV2's two numbers a line: the first and last frame of a scene"
	// mostListed bounds a list's size in bytes.
	mostListed = 64 << 20
)

// CheckScenes returns an error where one list of scenes is given for several videos.
func CheckScenes(c spec.VideoTable, videos int) error {
	if info, err := os.Stat(c.Scenes); videos < 2 || err != nil || info.IsDir() {
		return nil // a pattern, or missing, which each video reports
	}
	return hint.With(fmt.Errorf("scenes: %s is one file for %d videos", c.Scenes, videos),
		"name a folder, or a pattern: scenes/{name}-Scenes.csv")
}

// findList returns the file of scenes of a video: where is a path with {id}, {name} and {file} in it, or a folder.
func findList(where, id, video string) (string, error) {
	file := filepath.Base(video)
	name := strings.TrimSuffix(file, filepath.Ext(file))
	path := strings.NewReplacer("{id}", id, "{name}", name, "{file}", file).Replace(where)
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("list of scenes: %w", err)
	}
	if !info.IsDir() {
		return path, nil
	}
	var found []string
	for _, dir := range slices.Compact([]string{path, filepath.Join(path, filepath.Dir(id))}) {
		for _, end := range []string{file + ".scenes.txt", name + ".scenes.txt", name + "-Scenes.csv", name + ".csv",
			file + ".csv", name + ".txt"} {
			one := filepath.Join(dir, end)
			if info, err := os.Stat(one); err == nil && info.Mode().IsRegular() && !slices.Contains(found, one) {
				found = append(found, one)
			}
		}
	}
	switch {
	case len(found) > 1:
		return "", hint.With(fmt.Errorf("%s holds several lists of scenes: %s", path, strings.Join(found, ", ")),
			"name them by a pattern: %s", filepath.Join(path, "{name}-Scenes.csv"))
	case len(found) == 0:
		return "", hint.With(fmt.Errorf("%s holds no list of scenes for %s", path, file),
			"expected %s.scenes.txt (TransNetV2) or %s-Scenes.csv (PySceneDetect)", file, name)
	}
	return found[0], nil
}

// list reads the scenes of a video.
func (v Video) list(c spec.VideoTable) (sceneList, error) {
	if c.Method != "scene" {
		return sceneList{}, hint.With(fmt.Errorf("a list of scenes does not go with the method %q", c.Method),
			`leave out scenes, or choose the method "scene"`)
	}
	path, err := findList(c.Scenes, v.ID, v.Path)
	if err != nil {
		return sceneList{}, err
	}
	return readList(path)
}

// readList reads a list of scenes. Its errors name file and line.
func readList(path string) (sceneList, error) {
	l := sceneList{path: path}
	f, err := os.Open(path)
	if err != nil {
		return l, fmt.Errorf("list of scenes: %w", err)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, mostListed+1))
	if err != nil {
		return l, fmt.Errorf("list of scenes: %w", err)
	}
	if len(raw) > mostListed {
		return l, hint.With(fmt.Errorf("%s has more than %d bytes", path, mostListed), listHint)
	}
	l.sum = fmt.Sprintf("%x", sha256.Sum256(raw))
	if err := l.parse(string(raw)); err != nil {
		return l, err
	}
	if len(l.scenes) == 0 {
		return l, hint.With(fmt.Errorf("%s lists no scene", path), listHint)
	}
	return l, nil
}

// parse reads either kind of list, which its first line tells apart.
func (l *sceneList) parse(text string) error {
	text = strings.TrimPrefix(text, "\ufeff")
	first, _, _ := strings.Cut(text, "\n")
	if strings.HasPrefix(first, "Timecode List:") || strings.Contains(first, "Start Frame") {
		return l.readCSV(text)
	}
	return l.readPairs(text)
}

// fault is what is wrong with a line.
func (l *sceneList) fault(line int, format string, args ...any) error {
	return hint.With(fmt.Errorf("%s:%d: %w", l.path, line, fmt.Errorf(format, args...)), listHint)
}

// readPairs reads TransNetV2's lines: first and last frame, counted from 0.
func (l *sceneList) readPairs(text string) error {
	line := 0
	for row := range strings.Lines(text) {
		line++
		fields := strings.FieldsFunc(row, func(r rune) bool { return strings.ContainsRune(" \t\r\n,", r) })
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 {
			return l.fault(line, "expected two frame numbers, saw %q", strings.TrimSpace(row))
		}
		from, err := l.number(line, "first frame", fields[0])
		to, err2 := l.number(line, "last frame", fields[1])
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		if err := l.add(listed{from, to + 1, line}); err != nil {
			return err
		}
	}
	return nil
}

// readCSV reads PySceneDetect's list. Its end is a frame number counted from 1, or what follows the scene counted from
// 0, which is the same. Its start is counted from 1, by early versions from 0, where it is the end less the length.
func (l *sceneList) readCSV(text string) error {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	var header []string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			var parse *csv.ParseError
			if errors.As(err, &parse) {
				return l.fault(parse.Line, "%w", parse.Err)
			}
			return err
		}
		line, _ := r.FieldPos(0)
		if header == nil {
			if slices.Contains(row, "Start Frame") && slices.Contains(row, "End Frame") {
				header = row
			} else if line > 1 || row[0] != "Timecode List:" {
				return l.fault(line, "expected the columns Start Frame and End Frame, saw %q", strings.Join(row, ","))
			}
			continue
		}
		if err := l.addRow(line, header, row); err != nil {
			return err
		}
	}
}

func (l *sceneList) addRow(line int, header, row []string) error {
	values := map[string]int{}
	for _, name := range []string{"Start Frame", "End Frame", "Length (frames)"} {
		at := slices.Index(header, name)
		if at < 0 {
			continue
		}
		if at >= len(row) {
			return l.fault(line, "the row ends before the column %s", name)
		}
		n, err := l.number(line, name, row[at])
		if err != nil {
			return err
		}
		values[name] = n
	}
	from, to := values["Start Frame"], values["End Frame"]
	length, has := values["Length (frames)"]
	if from > 0 && (!has || from+length != to) {
		from--
	}
	return l.add(listed{from, to, line})
}

func (l *sceneList) number(line int, name, text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return 0, l.fault(line, "%s %q is not a frame number", name, text)
	}
	return n, nil
}

// add keeps the scenes in order and apart.
func (l *sceneList) add(s listed) error {
	if s.to <= s.from {
		return l.fault(s.line, "the scene ends before it begins")
	}
	if n := len(l.scenes); n > 0 && s.from < l.scenes[n-1].to {
		return l.fault(s.line, "the scene begins before that of line %d ends", l.scenes[n-1].line)
	}
	l.scenes = append(l.scenes, s)
	return nil
}

// early warns of a list that ends before nine tenths of so many frames.
func (l *sceneList) early(frames int) []string {
	n := len(l.scenes)
	if n == 0 || l.scenes[n-1].to*10 >= frames*9 {
		return nil
	}
	return []string{fmt.Sprintf("%s ends at frame %d, but the video has %d frames: is it the list of another video?",
		l.path, l.scenes[n-1].to, frames)}
}

// spans returns the scenes of a video of so many frames.
func (l *sceneList) spans(frames int) (out []scene, err error) {
	for _, s := range l.scenes {
		if s.to > frames+1 { // one more, as containers that count a frame too many
			return nil, hint.With(fmt.Errorf("%s:%d: the scene ends after frame %d, but the video has %d frames",
				l.path, s.line, s.to, frames),
				"is it the list of another video, or of one that was converted to a constant rate?")
		}
		if s.from < frames {
			out = append(out, scene{from: s.from, to: min(s.to, frames), frame: -1})
		}
	}
	return out, nil
}
