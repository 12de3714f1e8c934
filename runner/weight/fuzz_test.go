package weight

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"montage/core/tensor"
)

// FuzzLoad: no bytes make the reader panic, or take memory out of proportion.
func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob(fixture("*.pth"))
	if len(files) < 20 {
		f.Fatalf("only %d files", len(files))
	}
	files = append(files, saved(f))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if len(raw) < 5000 {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		loaded, err := parse(raw)
		sound(t, loaded, len(raw), err)
	})
}

// sound checks that tensors are whole, in proportion to the file, and none come
// with an error.
func sound(t *testing.T, loaded file, size int, err error) {
	t.Helper()
	total := 0
	for name, x := range loaded.tensors {
		n, _ := tensor.Elements(x.Shape)
		if err != nil || n != x.Len() {
			t.Errorf("%s is %v of %d elements, with %v", name, x, x.Len(), err)
		}
		total += n
	}
	if total > sharing*size+1<<16 {
		t.Errorf("%d bytes became %d numbers", size, total)
	}
}

// FuzzStateDict fuzzes the description of the tensors alone, which in a whole file
// a checksum guards.
func FuzzStateDict(f *testing.F) {
	files, _ := filepath.Glob(fixture("*.pth"))
	seeds := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if r, folder, err := openZip(raw); err == nil && len(raw) < 5000 {
			description, _ := r.read(folder + "data.pkl")
			f.Add(description)
			seeds++
		}
	}
	if seeds < 10 {
		f.Fatalf("only %d seeds", seeds)
	}
	f.Fuzz(func(t *testing.T, description []byte) {
		value, _, err := unpickle(description, &torch{find: small})
		if err == nil {
			loaded, err := stateDict(value, len(description))
			sound(t, loaded, len(description), err)
		}
	})
}

// small finds storages of at most 64 numbers.
func small(_ string, e *element, count int) (*storage, error) {
	if count > 64 {
		return nil, errors.New("the fuzzed file is small")
	}
	return &storage{element: e, count: count, data: make([]byte, count*e.size)}, nil
}
