package wasm

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("../testdata/heif/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func anySize(int, int) error { return nil }

// TestAlone decodes in many goroutines at once: a file gives the same pixels whatever
// is decoded before and beside it.
func TestAlone(t *testing.T) {
	files := map[string]func() (image.Image, error){
		"alpha.avif": func() (image.Image, error) { return AVIF(fixture(t, "alpha.avif"), anySize) },
		"deep.avif":  func() (image.Image, error) { return AVIF(fixture(t, "deep.avif"), anySize) },
		"grid.heic":  func() (image.Image, error) { return HEIC(fixture(t, "grid.heic"), 8, anySize) },
		"deep.heic":  func() (image.Image, error) { return HEIC(fixture(t, "deep.heic"), 10, anySize) },
	}
	var group sync.WaitGroup
	for name, decode := range files {
		want, err := decode()
		if err != nil {
			t.Fatal(name, err)
		}
		for range 4 {
			group.Go(func() {
				if got, err := decode(); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: other pixels, or error %v", name, err)
				}
			})
		}
	}
	group.Wait()
}

// TestLimits: a file is refused before it is decoded, and when it takes too much memory.
func TestLimits(t *testing.T) {
	tooBig := errors.New("too big")
	refuse := func(w, h int) error { return fmt.Errorf("%d×%d: %w", w, h, tooBig) }
	if _, err := AVIF(fixture(t, "alpha.avif"), refuse); !errors.Is(err, tooBig) {
		t.Error(err)
	}
	if _, err := HEIC(fixture(t, "alpha.heic"), 8, refuse); !errors.Is(err, tooBig) {
		t.Error(err)
	}
	err := avif.run(func(i *instance) error {
		_, err := i.allocate(maxPages << 16)
		return err
	})
	if !errors.Is(err, errMemory) {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	for _, name := range []string{"alpha.avif", "alpha.heic"} {
		content := fixture(t, name)
		for _, part := range [][]byte{nil, content[:20], content[:len(content)-100]} {
			var err error
			if strings.HasSuffix(name, "avif") {
				_, err = AVIF(part, anySize)
			} else {
				_, err = HEIC(part, 8, anySize)
			}
			if err == nil {
				t.Errorf("%s: %d bytes are read as a whole picture", name, len(part))
			}
		}
	}
}

// TestLibrariesAreThoseOfReadme: the sums that lib/README.md gives are of the files.
func TestLibrariesAreThoseOfReadme(t *testing.T) {
	readme, err := os.ReadFile("lib/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, zipped := range [][]byte{avifLibrary, heifLibrary} {
		unzip, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(unzip)
		if err != nil {
			t.Fatal(err)
		}
		for _, content := range [][]byte{zipped, whole} {
			if sum := fmt.Sprintf("%x", sha256.Sum256(content)); !bytes.Contains(readme, []byte(sum)) {
				t.Errorf("lib/README.md lacks %s, the sum of a file of %d bytes", sum, len(content))
			}
		}
	}
}
