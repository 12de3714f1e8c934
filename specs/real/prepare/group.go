package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/png" // the collections' format
	"math"
	"os"

	"montage/core/parallel"
)

// side is a thumbnail's width and height.
const side = 16

// alike is the correlation of thumbnails from which on two items are variants of one picture.
const alike = 0.95

// readThumbnails reads all pictures, as few numbers.
func readThumbnails(items []*item) error {
	return parallel.Each(context.Background(), len(items), func(i int) error {
		e := items[i]
		e.thumbs = map[string][]float32{}
		for by, path := range e.pictures {
			thumb, err := thumbnail(path)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			e.thumbs[by] = thumb
		}
		return nil
	})
}

// thumbnail returns a picture's colours on white in side × side cells, moved and scaled to mean 0 and length 1, so
// that a product of two is their correlation; all 0 for a picture of one colour.
func thumbnail(path string) ([]float32, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	picture, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	b := picture.Bounds()
	cells, counts := make([]float64, 3*side*side), make([]float64, side*side)
	for y := range b.Dy() {
		for x := range b.Dx() {
			cell := y*side/b.Dy()*side + x*side/b.Dx()
			red, green, blue, alpha := picture.At(b.Min.X+x, b.Min.Y+y).RGBA() // times alpha
			for i, v := range []uint32{red, green, blue} {
				cells[3*cell+i] += float64(v+0xffff-alpha) / 0xffff
			}
			counts[cell]++
		}
	}
	for i := range cells {
		cells[i] /= max(counts[i/3], 1)
	}
	return normal(cells), nil
}

func normal(cells []float64) []float32 {
	mean, square := 0.0, 0.0
	for _, v := range cells {
		mean += v / float64(len(cells))
	}
	for _, v := range cells {
		square += (v - mean) * (v - mean)
	}
	out := make([]float32, len(cells))
	const flat = 1e-3
	if square > flat {
		for i, v := range cells {
			out[i] = float32((v - mean) / math.Sqrt(square))
		}
	}
	return out
}

// group joins items that are variants of each other, by name or because they look alike.
func group(items []*item) {
	for i := range items {
		items[i].group = i
	}
	first := map[string]int{}
	for i, e := range items {
		if j, ok := first[e.base]; ok {
			join(items, i, j)
		} else {
			first[e.base] = i
		}
	}
	for i := range items {
		for j := range i {
			if items[i].group != items[j].group && correlation(items[i], items[j]) > alike {
				join(items, i, j)
			}
		}
	}
}

// join makes two groups one.
func join(items []*item, i, j int) {
	from, to := max(items[i].group, items[j].group), min(items[i].group, items[j].group)
	for _, e := range items {
		if e.group == from {
			e.group = to
		}
	}
}

// correlation is the mean over those who drew both items.
func correlation(a, b *item) float32 {
	sum, n := float32(0), float32(0)
	for by, x := range a.thumbs {
		if y := b.thumbs[by]; y != nil {
			for i := range x {
				sum += x[i] * y[i]
			}
			n++
		}
	}
	return sum / max(n, 1)
}
