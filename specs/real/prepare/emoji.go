package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// loadEmoji reads emoji.json of npm's emoji-datasource, beside which lie the packages of the four vendors. Skin tones
// are no emoji of their own there. Flags are left out: 258 of 270 are of one class, which takes no learning.
func loadEmoji(dir string) (items []*item, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, "emoji.json"))
	if err != nil {
		return nil, err
	}
	var entries []struct{ Unified, Image, Category, Subcategory string }
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Category == "Component" || e.Category == "Flags" {
			continue
		}
		pictures := map[string]string{}
		for _, vendor := range []string{"apple", "facebook", "google", "twitter"} {
			path := filepath.Join(dir+"-"+vendor, "img", vendor, "64", e.Image)
			if _, err := os.Stat(path); err == nil { // else this vendor does not draw it
				pictures[vendor] = path
			}
		}
		if len(pictures) > 0 {
			items = append(items, &item{id: e.Image, labels: []string{e.Category, e.Subcategory}, pictures: pictures,
				base: base(e.Unified, e.Subcategory)})
		}
	}
	return items, nil
}

// adults maps men, women, boys and girls to persons.
var adults = strings.NewReplacer("1F468", "1F9D1", "1F469", "1F9D1", "1F466", "1F9D2", "1F467", "1F9D2",
	"1F474", "1F9D3", "1F475", "1F9D3")

// variants are code points that vary an emoji: joiners, genders, hair, directions.
var variants = strings.Fields("FE0F 200D 2640 2642 1F9B0 1F9B1 1F9B2 1F9B3 27A1 2194 2195")

// base returns what is left of an emoji's code points without variants: a person with what they hold, else the first.
func base(unified, subcategory string) string {
	if subcategory == "family" {
		return "family"
	}
	var points []string
	for point := range strings.SplitSeq(unified, "-") {
		if !slices.Contains(variants, point) {
			points = append(points, adults.Replace(point))
		}
	}
	switch {
	case points == nil:
		return unified
	case points[0] == "1F9D1" || points[0] == "1F9D2":
		return strings.Join(points, "-")
	}
	return points[0]
}
