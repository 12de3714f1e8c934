package main

import (
	"crypto/sha256"
	"encoding/hex"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// most is the number of pictures that are taken of one folder: 1,378 are stars, 1,853 icons.
const most = 100

// maxPixels leaves out pictures that take seconds to decode; few are larger.
const maxPixels = 20_000_000

// loadClipart reads the folders of Debian's openclipart-png. A picture's labels are the first two folders that it is
// in: further ones name themes and continents. The folder unsorted says nothing.
func loadClipart(dir string) ([]*item, error) {
	folders := map[string][]*item{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".png" || tooLarge(path) {
			return err
		}
		name, err := filepath.Rel(dir, path)
		at := filepath.Dir(name)
		if at != "." && at != "unsorted" {
			labels := strings.SplitN(at, "/", 3)
			folders[at] = append(folders[at], &item{id: name, base: content(path), labels: labels[:min(len(labels), 2)],
				pictures: map[string]string{"": path}})
		}
		return err
	})
	var items []*item
	for _, list := range folders {
		slices.SortFunc(list, func(a, b *item) int { return strings.Compare(hash([]byte(a.id)), hash([]byte(b.id))) })
		items = append(items, list[:min(len(list), most)]...)
	}
	slices.SortFunc(items, func(a, b *item) int { return strings.Compare(a.id, b.id) })
	return items, err
}

// content is the same for the same bytes, which are in several folders: pictures of one colour have no likeness.
func content(path string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return path // reading its thumbnail reports why
	}
	return hash(raw)
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func tooLarge(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	return err != nil || c.Width*c.Height > maxPixels
}
