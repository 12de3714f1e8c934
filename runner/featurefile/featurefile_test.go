package featurefile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"montage/core/hint"
	"montage/core/tensor"
	"montage/runner/weight"
)

// rows reads all rows of a file, each as training does: by its place.
func rows(t *testing.T, path string) (*File, [][]float32) {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]float32
	for i := range f.IDs {
		row := tensor.New(tensor.Float32, f.Width)
		if err := f.Encoding.Decode(row.Bytes(), raw[f.Offsets[i]:f.Offsets[i+1]]); err != nil {
			t.Fatal(err)
		}
		all = append(all, row.Float32s())
	}
	return f, all
}

// TestFilesOfPython: what the package safetensors of Python wrote, by testdata/fixtures.py.
func TestFilesOfPython(t *testing.T) {
	want := [][]float32{{0, 1.5, -2}, {3, 0.25, 1e-3}, {-0.125, 100, 7}}
	for _, name := range []string{"float64", "float32", "float16"} {
		f, got := rows(t, "testdata/"+name+".safetensors")
		if !slices.Equal(f.IDs, []string{"a", "b/1.jpg", "ü"}) || f.Width != 3 {
			t.Errorf("%s: ids %q, width %d", name, f.IDs, f.Width)
		}
		for i := range want {
			for j, w := range want[i] {
				if math.Abs(float64(got[i][j]-w)) > 1e-6 {
					t.Errorf("%s: row %d is %v, want %v", name, i, got[i], want[i])
				}
			}
		}
	}
}

func written(t *testing.T, path string, write func(io.Writer) error) {
	t.Helper()
	var file bytes.Buffer
	err := write(&file)
	if err == nil {
		err = os.WriteFile(path, file.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// encoded writes a safetensors file.
func encoded(ids string, tensors ...weight.Named) func(io.Writer) error {
	return func(w io.Writer) error { return weight.Encode(w, tensors, map[string]string{"ids": ids}) }
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func named(name string, values []float32, shape ...int) weight.Named {
	return weight.Named{Name: name, Tensor: tensor.FromFloat32(values, shape...)}
}

// TestMistakes: each message names the file, and the row where it is one's.
func TestMistakes(t *testing.T) {
	const ids, a, b = `["a","b"]`, "a.safetensors", "a.csv"
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	good := named("features", []float32{1, 2, 3, 4}, 2, 2)
	var whole bytes.Buffer
	if err := encoded(ids, good)(&whole); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		write func(io.Writer) error
		want  string
	}{
		{a, encoded(ids, named("features", []float32{1, 2, 3, nan}, 2, 2)),
			`a.safetensors: row 2 (id "b"): feature 1 is NaN`},
		{a, encoded(ids, named("features", []float32{inf, 2, 3, 4}, 2, 2)), `row 1 (id "a"): feature 0 is -Inf`},
		{a, encoded(ids, named("features", []float32{1, 2, 3}, 3, 1)), "has 3 rows and 2 ids"},
		{a, encoded(ids, named("features", []float32{1, 2}, 2)), "the shape [2], expected [N,D]"},
		{a, encoded(ids, named("x", []float32{1}, 1), named("y", []float32{1}, 1)),
			`no tensor "features" among ["x" "y"]`},
		{a, encoded("a,b", good), "not a JSON list"},
		{a, encoded("[]", named("features", nil, 0, 2)), "holds no row"},
		{a, text(whole.String()[:whole.Len()-1]), "is not complete"},
		{a, text("id,f0\n"), "is not a safetensors file"},
		{a, text(""), "is not a safetensors file"},
		{b, text("id,f0,f1\na,1,2\nb,1,x\n"), `a.csv: row 2 (id "b"): feature 1 is "x", expected a number`},
		{b, text("id,f0,f1\na,1,2\nb,1,nan\n"), `row 2 (id "b"): feature 1 is NaN`},
		{b, text("id,f0,f1\na,1,2\nb,1\n"), "wrong number of fields"},
		{b, text("id,f0,f1\n"), "holds no row"},
		{b, text("id,labels\na,X\n"), "its first line is not id,f0,f1"},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		written(t, path, c.write)
		_, err := Open(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
	for name, want := range map[string]string{"integers": "its numbers are I32", "no-ids": `lacks the key "ids"`,
		"none": "no such file"} {
		if _, err := Open("testdata/" + name + ".safetensors"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

// TestHostileHeaders: no length in a header is believed.
func TestHostileHeaders(t *testing.T) {
	const ids = `"__metadata__":{"ids":"[\"a\",\"b\"]"}}`
	for _, c := range []struct {
		length uint64
		header string
	}{
		{math.MaxUint64, "{}"}, {1 << 40, "{}"}, {2, "{}"}, {3, "nul"},
		{0, `{"features":{"dtype":"F32","shape":[2,9223372036854775807],"data_offsets":[0,8]},` + ids},
		{0, `{"features":{"dtype":"F32","shape":[2,1],"data_offsets":[8,0]},` + ids},
		{0, `{"features":{"dtype":"F32","shape":[2,1],"data_offsets":[1000000,1000008]},` + ids},
	} {
		if c.length == 0 {
			c.length = uint64(len(c.header))
		}
		path := filepath.Join(t.TempDir(), "a.safetensors")
		raw := append(binary.LittleEndian.AppendUint64(nil, c.length), c.header+"12345678"...)
		written(t, path, text(string(raw)))
		if _, err := Open(path); err == nil || len(hint.Of(err)) == 0 {
			t.Errorf("%d %s: %v", c.length, c.header, err)
		}
	}
}

// TestManyRows reads more than the check takes at a time, of a tensor with a name of its own.
func TestManyRows(t *testing.T) {
	const n, width = 3000, 200
	var ids []string
	values := make([]float32, n*width)
	for i := range n {
		ids = append(ids, fmt.Sprintf(`"%d"`, i))
	}
	values[2999*width] = float32(math.NaN())
	path := filepath.Join(t.TempDir(), "a.safetensors")
	written(t, path, encoded("["+strings.Join(ids, ",")+"]", named("other name", values, n, width)))
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), `row 3000 (id "2999"): feature 0 is NaN`) {
		t.Error(err)
	}
}

func TestOtherWidths(t *testing.T) {
	for e, stored := range map[Encoding][]byte{"F32": make([]byte, 8), asCSV: []byte("a,1,2\n")} {
		if err := e.Decode(make([]byte, 12), stored); err == nil || err.Error() != "a row has 2 features, expected 3" {
			t.Errorf("%s: %v", e, err)
		}
	}
}

func TestWhatIsAFile(t *testing.T) {
	dir := t.TempDir()
	written(t, filepath.Join(dir, "a.csv"), text("id,f0\nx,1\n"))
	written(t, filepath.Join(dir, "labels.csv"), text("id,labels\nx,Y\n"))
	for name, want := range map[string]bool{"a.csv": true, "labels.csv": false, "x.safetensors": true, "x.npy": false,
		"none.csv": false} {
		if Is(filepath.Join(dir, name)) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

// TestNoRegularFile is an error at once: opening a FIFO would wait for somebody who writes into it.
func TestNoRegularFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.safetensors")
	if err := unix.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path+" is not a regular file") {
		t.Errorf("error %v", err)
	}
}
