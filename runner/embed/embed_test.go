package embed

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"montage/core/tensor"
	"montage/runner/featurefile"
	"montage/runner/predict"
)

var sample = predict.Features{IDs: []string{`a "quoted", id`, "b"},
	Rows: tensor.FromFloat32([]float32{1, -0.1, 3e-8, 4, 5, 1.0 / 3}, 2, 3)}

func written(t *testing.T, name string) []byte {
	t.Helper()
	var file bytes.Buffer
	write, err := Format(name)
	if err == nil {
		err = write(&file, sample)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestSafetensors(t *testing.T) {
	raw := written(t, "f.safetensors")
	file, err := safetensors.Deserialize(raw)
	if err != nil {
		t.Fatal(err)
	}
	var header struct {
		Metadata struct{ IDs string } `json:"__metadata__"`
	}
	var ids []string
	if err := json.Unmarshal(raw[8:8+binary.LittleEndian.Uint64(raw)], &header); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(header.Metadata.IDs), &ids); err != nil || !slices.Equal(ids, sample.IDs) {
		t.Errorf("ids %q, error %v", header.Metadata.IDs, err)
	}
	features, ok := file.Tensor("features")
	if !ok || features.DType() != safetensors.F32 || !bytes.Equal(features.Data(), sample.Rows.Bytes()) {
		t.Errorf("features %v of type %v", features.Shape(), features.DType())
	}
}

// TestCSV reads back every id and every bit.
func TestCSV(t *testing.T) {
	lines, err := csv.NewReader(bytes.NewReader(written(t, "F.CSV"))).ReadAll()
	if err != nil || len(lines) != 3 || lines[0][3] != "f2" {
		t.Fatal(lines, err)
	}
	for i, line := range lines[1:] {
		if line[0] != sample.IDs[i] {
			t.Errorf("id %q, want %q", line[0], sample.IDs[i])
		}
		for j, text := range line[1:] {
			v, err := strconv.ParseFloat(text, 32)
			if want := sample.Rows.Float32s()[3*i+j]; err != nil || float32(v) != want {
				t.Errorf("row %d: %s, want %v", i, text, want)
			}
		}
	}
}

// TestFilesAreReadAgain by the training of a head, from either format.
func TestFilesAreReadAgain(t *testing.T) {
	for _, name := range []string{"f.safetensors", "F.CSV"} {
		path := filepath.Join(t.TempDir(), name)
		raw := written(t, name)
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := featurefile.Open(path)
		if err != nil || !featurefile.Is(path) || !slices.Equal(f.IDs, sample.IDs) || f.Width != 3 {
			t.Fatalf("%s: %+v, %v", name, f, err)
		}
		for i := range f.IDs {
			row := tensor.New(tensor.Float32, f.Width)
			err := f.Encoding.Decode(row.Bytes(), raw[f.Offsets[i]:f.Offsets[i+1]])
			if err != nil || !slices.Equal(row.Float32s(), sample.Rows.Row(i)) {
				t.Errorf("%s: row %d is %v, %v", name, i, row.Float32s(), err)
			}
		}
	}
}

func TestOtherFormats(t *testing.T) {
	for _, path := range []string{"f", "f.npy", "", "dir/"} {
		if _, err := Format(path); err == nil {
			t.Errorf("%q has a format", path)
		}
	}
}
