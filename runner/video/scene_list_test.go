package video

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"montage/core/spec"
)

const columns = "Scene Number,Start Frame,End Frame,Length (frames)\n"

// TestWrongLists: what is wrong with a list of scenes is said with file and line.
func TestWrongLists(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "list.csv lists no scene",
		columns:                                 "list.csv lists no scene",
		"0 9\n10\n":                             `:2: expected two frame numbers, saw "10"`,
		"0 9\nx 20\n":                           `:2: first frame "x" is not a frame number`,
		"0 9\n\n10 -3\n":                        `:3: last frame "-3" is not a frame number`,
		"10 3\n":                                ":1: the scene ends before it begins",
		"0 9\n5 20\n":                           ":2: the scene begins before that of line 1 ends",
		columns + "1,1,10,10\n2,11,twenty,10\n": `:3: End Frame "twenty" is not a frame number`,
		columns + "1,1,10,10\n2,11\n":           ":3: the row ends before the column End Frame",
		columns + "1,11,20,10\n2,1,10,10\n":     ":3: the scene begins before that of line 2 ends",
		columns + "1,\"1,10\n":                  ":2: extraneous or missing",
		"Timecode List:,00:01\nid,labels\n":     ":2: expected the columns Start Frame and End Frame",
		"id,labels\na,b\n":                      `:1: first frame "id" is not a frame number`,
	} {
		path := filepath.Join(t.TempDir(), "list.csv")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := readList(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestAListOfAnotherVideo: a list that goes on after the end of the video is of another one, and one that ends long
// before may be.
func TestAListOfAnotherVideo(t *testing.T) {
	l := sceneList{path: "list.csv", scenes: []listed{{0, 10, 2}, {10, 21, 3}}}
	if scenes, err := l.spans(20); err != nil || scenes[1].to != 20 {
		t.Errorf("one frame too many: %v, %v", scenes, err)
	}
	if said := l.early(23); len(said) != 0 {
		t.Errorf("it ends a little early: %q", said)
	}
	if said := l.early(24); len(said) != 1 || !strings.Contains(said[0], "list.csv ends at frame 21") {
		t.Errorf("it ends early: %q", said)
	}
	if _, err := l.spans(19); err == nil || !strings.Contains(err.Error(), "list.csv:3: ") {
		t.Errorf("two frames too many: %v", err)
	}
}

// TestFindList: a list is found by a pattern, or by its name in a folder.
func TestFindList(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.mp4.scenes.txt", "b-Scenes.csv", "b.csv", "deep/c.csv"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("0 1\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range [][4]string{ // where, id, video, the list or what is wrong
		{"", "a", "v/a.mp4", "a.mp4.scenes.txt"},
		{"{file}.scenes.txt", "x", "v/a.mp4", "a.mp4.scenes.txt"},
		{"{name}-Scenes.csv", "x", "v/b.mkv", "b-Scenes.csv"},
		{"{id}.csv", "deep/c", "v/deep/c.mkv", "deep/c.csv"},
		{"", "deep/c", "v/deep/c.mkv", "deep/c.csv"},
		{"", "b", "b.mp4", "several lists"},
		{"", "d", "d.mp4", "holds no list of scenes for d.mp4"},
		{"{id}.csv", "d", "d.mp4", "no such file"},
	} {
		path, err := findList(filepath.Join(dir, c[0]), c[1], c[2])
		if said := strings.TrimPrefix(path, dir+"/"); said != c[3] && (err == nil ||
			!strings.Contains(err.Error(), c[3])) {
			t.Errorf("%q: %q, %v", c, said, err)
		}
	}
	v := Video{ID: "a", Path: "a.mp4"}
	if _, err := v.list(spec.VideoTable{Method: "fps", Scenes: dir}); err == nil {
		t.Error("a list goes with another method")
	}
}

// FuzzList: whatever a list holds, its scenes are in order and apart.
func FuzzList(f *testing.F) {
	for _, text := range []string{"0 9\n10 20\n", columns + "1,1,10,10\n2,11,20,10\n",
		"Timecode List:,1\n" + columns + "\"",
		"\ufeff0 9223372036854775807\n", columns + "1,0,5,9223372036854775807\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var l sceneList
		if l.parse(text) != nil {
			return
		}
		end := 0
		for _, s := range l.scenes {
			if s.from < end || s.to <= s.from || s.line < 1 {
				t.Fatalf("%+v", l.scenes)
			}
			end = s.to
		}
		scenes, err := l.spans(20)
		for _, s := range scenes {
			if err == nil && (s.from < 0 || s.to > 20) {
				t.Fatalf("%+v", scenes)
			}
		}
	})
}
