package layout

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"montage/runner/data"
)

// write puts a file below a test's folder.
func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// photo is a JPEG of one colour.
func photo(t *testing.T, grey uint8) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range picture.Pix {
		picture.Pix[i] = grey
	}
	picture.Set(3, 3, color.White)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, picture, nil); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// bomb is the start of a PNG that announces more pixels than memory holds.
func bomb(width, height uint32) []byte {
	header := append([]byte("IHDR"), binary.BigEndian.AppendUint32(nil, width)...)
	header = binary.BigEndian.AppendUint32(header, height)
	header = append(header, 8, 2, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	file = append(file, header...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(header))
}

// folder writes a data set: a CSV file and sound frames for the ids.
func folder(t *testing.T, csv string, frames int, ids ...string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "train.csv"), []byte(csv))
	for _, id := range ids {
		for i := range frames {
			write(t, filepath.Join(dir, "frames", id, frameName(i)), photo(t, uint8(10+i*20)))
		}
	}
	return filepath.Join(dir, "train.csv")
}

func frameName(i int) string { return string(rune('a'+i)) + ".jpg" }

// open opens a labelled data set that must be sound.
func open(t *testing.T, path string) *data.Dataset {
	t.Helper()
	d, err := Open(context.Background(), Source{Path: path, Labeled: true})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
