// Command prepare divides the pictures of two public collections into training, validation, test and unlabelled
// samples, for make real. It writes a file of splits, and beside it one of the classes that can be learnt: emoji.json
// and emoji.txt. Labels and pictures are read where the collections have them.
//
//	go run ./specs/real/prepare emoji node_modules/emoji-datasource emoji.json
//	go run ./specs/real/prepare clipart openclipart/png clipart.json
//
// Variants of one picture stay together: a model that has seen a clock at one need not recognise one at two. Nothing
// here is random: the same pictures give the same file.
package main

import (
	"fmt"
	"log"
	"os"
	"slices"
)

// item is a sample: one or several pictures of one thing.
type item struct {
	id     string
	labels []string
	// base is the same in items that are variants of each other by name.
	base string
	// pictures are paths by the name of who drew them.
	pictures map[string]string
	group    int // the place of the first item of its group
	thumbs   map[string][]float32
}

// collection is how a collection is read and divided.
type collection struct {
	load  func(dir string) ([]*item, error)
	parts []part
	least int // samples of a class
}

var collections = map[string]collection{
	"emoji":   {loadEmoji, []part{{"train", 200}, {"valid", 200}, {"test", 500}, {"unlabeled", 1000}}, 30},
	"clipart": {loadClipart, []part{{"train", 300}, {"valid", 300}, {"test", 900}, {"unlabeled", 1500}}, 60},
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 || collections[os.Args[1]].load == nil {
		log.Fatal("usage: prepare emoji|clipart FOLDER OUT.json")
	}
	if err := prepare(collections[os.Args[1]], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func prepare(c collection, dir, out string) error {
	items, err := c.load(dir)
	if err != nil {
		return err
	}
	if err := readThumbnails(items); err != nil {
		return err
	}
	group(items)
	split := divide(items, c.parts)
	for _, p := range c.parts {
		fmt.Printf("%-9s %4d samples\n", p.name, len(split[p.name]))
	}
	names := classes(items, c.least)
	fmt.Printf("%d classes\n", len(names))
	return write(out, split, names)
}

// classes returns the labels that can be learned, sorted: those of so many items, in half as many groups.
func classes(items []*item, least int) (names []string) {
	counts, groups := map[string]int{}, map[string]map[int]bool{}
	for _, e := range items {
		for _, label := range e.labels {
			counts[label]++
			if groups[label] == nil {
				groups[label] = map[int]bool{}
			}
			groups[label][e.group] = true
		}
	}
	for label, n := range counts {
		if n >= least && 2*len(groups[label]) >= least {
			names = append(names, label)
		}
	}
	slices.Sort(names)
	return names
}
