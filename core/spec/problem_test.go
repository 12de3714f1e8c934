package spec_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
)

var update = flag.Bool("update", false, "write the golden files")

// TestProblems compares what users see of each spec in testdata/problem. Lines
// "# -s key=value" of the spec are its overrides.
func TestProblems(t *testing.T) {
	t.Chdir("testdata/problem")
	specs, err := filepath.Glob("*.toml")
	if err != nil || len(specs) == 0 {
		t.Fatalf("no specs: %v", err)
	}
	for _, path := range specs {
		t.Run(path, func(t *testing.T) {
			_, problems := check(path, overridesOf(t, path)...)
			if len(problems) == 0 {
				t.Fatal("no problem found")
			}
			compare(t, strings.TrimSuffix(path, ".toml")+".golden", problems.Error()+"\n")
		})
	}
}

func overridesOf(t *testing.T, path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, line := range strings.Split(string(text), "\n") {
		if over, ok := strings.CutPrefix(line, "# -s "); ok {
			out = append(out, over)
		}
	}
	return out
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestGoldensHaveSpecs keeps goldens from outliving their specs.
func TestGoldensHaveSpecs(t *testing.T) {
	goldens, _ := filepath.Glob("testdata/problem/*.golden")
	if len(goldens) == 0 {
		t.Fatal("no goldens")
	}
	for _, g := range goldens {
		if _, err := os.Stat(strings.TrimSuffix(g, ".golden") + ".toml"); err != nil {
			t.Error(err)
		}
	}
}

func TestFilesThatAreNoSpec(t *testing.T) {
	t.Chdir(t.TempDir())
	deep := "x = " + strings.Repeat("[", 500) + strings.Repeat("]", 500)
	for _, c := range []struct {
		name, content, want string
	}{
		{"utf8.toml", "name = \"a\"\nseed = 1 # \xff\n", `utf8.toml:2:12: byte 0xff is not UTF-8`},
		{"utf16.toml", "\xff\xfen\x00", `utf16.toml:1:1: byte 0xff is not UTF-8`},
		{"nul.toml", "name = \"a\x00\"", `nul.toml:1:10: not TOML`},
		{"deep.toml", deep, `deep.toml:1:36: nested deeper than 32 levels`},
		{"keys.toml", strings.Repeat("a.", 40) + "b = 1", `keys.toml:1:1: nested deeper`},
		{"header.toml", "[" + strings.Repeat("a.", 40) + "b]\nc = 1", `header.toml:1:2: nested deeper`},
		{"tables.toml", "x = " + strings.Repeat("{a=", 40) + "1" + strings.Repeat("}", 40), `nested deeper`},
		{"big.toml", strings.Repeat("#", 10<<20), `big.toml: has more than 1048576 bytes`},
		{"cr.toml", "name = \"x\"\rseed = 1", `cr.toml:1:11: not TOML`},
	} {
		if err := os.WriteFile(c.name, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		s, problems := spec.Load(c.name, nil)
		if s != nil || !strings.Contains(problems.Error(), c.want) {
			t.Errorf("%s: got %v\nwant %s", c.name, problems, c.want)
		}
	}
	for path, want := range map[string]string{".": ".: is a folder", "none.toml": "none.toml: no such file",
		os.DevNull: "is not a regular file"} {
		if _, problems := spec.Load(path, nil); !strings.Contains(problems.Error(), want) {
			t.Errorf("%s: got %v, want %s", path, problems, want)
		}
	}
}

// TestMarksAndLineEnds: neither a byte-order mark nor Windows line ends move a position.
func TestMarksAndLineEnds(t *testing.T) {
	t.Chdir(t.TempDir())
	text := "sede = 1\nname = \"ünïcode\" # ü\ndata = { sise = 1, x = [\n  [], 3] }\n"
	positions := ""
	for i, content := range []string{text, "\ufeff" + text, strings.ReplaceAll(text, "\n", "\r\n")} {
		if err := os.WriteFile("x.toml", []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		_, problems := spec.Load("x.toml", nil)
		if i == 0 {
			positions = problems.Error()
			for _, want := range []string{"x.toml:1:1: unknown", "x.toml:2:8: name", "x.toml:3:10: unknown",
				"x.toml:3:20: unknown"} {
				if !strings.Contains(positions, want) {
					t.Errorf("%q is not in\n%s", want, positions)
				}
			}
		} else if problems.Error() != positions {
			t.Errorf("got\n%v\nwant\n%s", problems, positions)
		}
	}
}

// TestLargeFiles: the greatest file takes no noticeable time, whatever is in it.
func TestLargeFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	var keys strings.Builder
	less := 1
	if testing.Short() {
		less = 10
	}
	for i := range 20000 / less {
		fmt.Fprintf(&keys, "ke%d=1\n", i)
	}
	for name, text := range map[string]string{
		"line.toml": "x = [" + strings.Repeat("1,", 500000/less) + "]",
		"keys.toml": keys.String(),
		"rows.toml": strings.Repeat("[[a]]\n", 150000/less),
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, problems := spec.Load(name, nil); len(problems) == 0 {
			t.Errorf("%s: no problem", name)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestExtendsChain(t *testing.T) {
	t.Chdir(t.TempDir())
	for i := range 12 {
		text := fmt.Sprintf("extends = \"%d.toml\"\n", i+1)
		if err := os.WriteFile(fmt.Sprintf("%d.toml", i), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, problems := spec.Load("0.toml", nil); !strings.Contains(problems.Error(),
		"7.toml:1:11: extends a chain of more than 8 files") {
		t.Errorf("got %v", problems)
	}
	os.WriteFile("2.toml", []byte(`extends = "0.toml"`), 0o644)
	if _, problems := spec.Load("0.toml", nil); !strings.Contains(problems.Error(),
		"2.toml:1:11: extends in a circle: 0.toml extends 1.toml extends 2.toml extends 0.toml") {
		t.Errorf("got %v", problems)
	}
}

func TestAtGivesErrorsOfPlanningALine(t *testing.T) {
	t.Chdir("testdata/problem")
	s, problems := check("../base/complete.toml",
		`branch.supervised.head={plugin="layers",layers=[{kind="relu"},{kind="conv",out=3}]}`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	inner := fmt.Errorf("plan: %w", &core.OptionError{Path: "hidden[1]", Problem: "too wide", Hint: "narrow it"})
	for _, c := range []struct {
		path string
		err  error
		want string
	}{
		{"branch.proxy.head", inner, "../base/complete.toml:23:46: too wide\nhint: narrow it"},
		{"branch.proxy.head", &core.OptionError{Path: "dropout", Unknown: true, Problem: "p"},
			"../base/complete.toml:23:57: p"},
		{"branch.proxy.head", &core.OptionError{Path: "a b[", Problem: "p"}, "../base/complete.toml:23:13: p"},
		{"branch.proxy.loss", fmt.Errorf("%w; no way", hint.With(errors.New("shapes"), "h")),
			"../base/complete.toml:24:13: shapes; no way\nhint: h"},
		{"branch.proxy.loss", errors.Join(hint.With(errors.New("one"), "h"), hint.With(errors.New("two"), "i")),
			"../base/complete.toml:24:13: one\ntwo\nhint: h\nhint: i"},
		{"branch.proxy.head", errors.Join(inner, &core.OptionError{Path: "dropout", Problem: "p"}),
			"../base/complete.toml:23:46: too wide\nhint: narrow it\n../base/complete.toml:23:67: p"},
		{"branch.supervised.head", &core.OptionError{Path: "layers[1].out", Problem: "p"},
			`-s branch.supervised.head={plugin="layers"`},
		{"phase.joint.steps", errors.New("e"), "../base/complete.toml:27:8: e"},
	} {
		if got := s.At(c.path, c.err).Error(); !strings.HasPrefix(got, c.want) {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
	}
}

func TestProblemsAsError(t *testing.T) {
	if err := spec.Problems(nil).Err(); err != nil {
		t.Errorf("no problems are an error: %v", err)
	}
	position := spec.Position{File: "b", Line: 2, Column: 1}
	ps := spec.Problems{{Pos: position, Message: "second"}, {Pos: position, Message: "second"},
		{Pos: spec.Position{File: "b", Line: 1, Column: 9}, Message: "first"}}
	if got := ps.Err().Error(); got != "b:1:9: first\nb:2:1: second" {
		t.Errorf("got %q", got)
	}
}

func FuzzLoad(f *testing.F) {
	specs, _ := filepath.Glob("testdata/*/*.toml")
	if len(specs) == 0 {
		f.Fatal("no seeds")
	}
	for _, path := range specs {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "data.batch=3")
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte, over string) {
		path := filepath.Join(folder, "x.toml")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		s, problems := check(path, over)
		for _, p := range problems {
			if p.Pos.String() == "" || p.Message == "" || p.Pos.Override == "" && p.Pos.File == "" {
				t.Errorf("no position or message: %#v", p)
			}
		}
		if s != nil && len(problems) == 0 {
			reload(t, s, folder)
		}
	})
}

// reload checks that a resolved spec means the same.
func reload(t *testing.T, s *spec.Spec, folder string) {
	t.Helper()
	path := filepath.Join(folder, "resolved.toml")
	text := s.Resolved()
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	again, problems := check(path)
	if len(problems) > 0 {
		t.Fatalf("%v\nin\n%s", problems, text)
	}
	if !bytes.Equal(again.Resolved(), text) {
		t.Errorf("got\n%s\nwant\n%s", again.Resolved(), text)
	}
}
