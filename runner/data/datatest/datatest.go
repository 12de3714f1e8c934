// Package datatest makes files of data sets for tests.
package datatest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
)

// Write puts a file below a test's folder.
func Write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Photo is a JPEG of one colour.
func Photo(t testing.TB, grey uint8) []byte {
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

// Bomb is the start of a PNG that announces more pixels than memory holds.
func Bomb(width, height uint32) []byte {
	header := append([]byte("IHDR"), binary.BigEndian.AppendUint32(nil, width)...)
	header = binary.BigEndian.AppendUint32(header, height)
	header = append(header, 8, 2, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	file = append(file, header...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(header))
}

// Folder writes a CSV file, and beside it sound frames for the ids, and returns the file.
func Folder(t testing.TB, csv string, frames int, ids ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "train.csv")
	Write(t, path, []byte(csv))
	for _, id := range ids {
		for i := range frames {
			name := string(rune('a'+i)) + ".jpg"
			Write(t, filepath.Join(filepath.Dir(path), "frames", id, name), Photo(t, uint8(10+i*20)))
		}
	}
	return path
}
