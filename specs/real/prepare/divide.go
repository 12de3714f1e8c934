package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// part is a part of the data with the number of samples that it takes at most.
type part struct {
	name string
	size int
}

// largest is the size from which on groups are only good as unlabelled samples: labels would be wasted on 24 clocks.
const largest = 10

// divide returns the ids of each part. The order of groups comes from a hash, so that it looks random and is the
// same everywhere; each goes to the first part that has room for all of it.
func divide(items []*item, parts []part) map[string][]string {
	members := map[int][]*item{}
	for _, e := range items {
		members[e.group] = append(members[e.group], e)
	}
	groups, hashes := make([]int, 0, len(members)), map[int][]byte{}
	for g := range members {
		sum := sha256.Sum256([]byte("seed 1: " + items[g].id))
		groups, hashes[g] = append(groups, g), sum[:]
	}
	slices.SortFunc(groups, func(a, b int) int { return bytes.Compare(hashes[a], hashes[b]) })
	split := map[string][]string{}
	for _, g := range groups {
		for _, p := range parts {
			n := len(members[g])
			if len(split[p.name])+n > p.size || p.name != "unlabeled" && n >= largest {
				continue
			}
			for _, e := range members[g] {
				split[p.name] = append(split[p.name], e.id)
			}
			break
		}
	}
	for _, ids := range split {
		slices.Sort(ids)
	}
	return split
}

// write writes the file of splits and, beside it, that of the classes.
func write(path string, split map[string][]string, classes []string) error {
	text, err := json.MarshalIndent(split, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	beside := strings.TrimSuffix(path, filepath.Ext(path)) + ".txt"
	if err := os.WriteFile(beside, []byte(strings.Join(classes, "\n")+"\n"), 0o644); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644) // last: make takes it for the sign that all is there
}
