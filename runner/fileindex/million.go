//go:build ignore

// Command million makes a tree of small pictures and measures how long it takes to index and to load it:
//
//	go run runner/fileindex/million.go -folders 100000 -frames 10
//
// It works in a new folder below -in, which it removes at the end; -keep names a folder that stays and is used
// again. Each measurement is a process of its own, so that its peak of memory is its own too. A million frames take
// 5 GB of disk and 1.1 million inodes.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"montage/core/parallel"
	"montage/runner/layout"
)

var (
	folders = flag.Int("folders", 100_000, "folders to make")
	frames  = flag.Int("frames", 10, "frames in each")
	in      = flag.String("in", os.TempDir(), "folder to work in")
	keep    = flag.String("keep", "", "folder to make the tree in, or to use again; it stays")
	open    = flag.String("open", "", "open this folder, say what it took, and end")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	work := all
	if *open != "" {
		work = measure
	}
	if err := work(); err != nil {
		log.Fatal(err)
	}
}

// all makes the tree and measures in new processes.
func all() (err error) {
	dir := *keep
	if dir == "" {
		if dir, err = os.MkdirTemp(*in, "million"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	root := filepath.Join(dir, "frames")
	if _, err := os.Stat(root); err != nil {
		began := time.Now()
		if err := plant(root); err != nil {
			return err
		}
		fmt.Printf("made %d files in %d folders: %.1f s\n", *folders**frames, *folders, time.Since(began).Seconds())
		time.Sleep(6 * time.Second) // the newest files are too young for the index to believe their times
	}
	if err := os.RemoveAll(filepath.Join(root, ".montage")); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, what := range []string{"without an index", "with an index", "with an index"} {
		fmt.Printf("%-18s", what)
		child := exec.Command(self, "-open", root)
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Run(); err != nil {
			return err
		}
	}
	info, err := os.Stat(filepath.Join(root, ".montage", "frames.index"))
	if err == nil {
		fmt.Printf("the index has %.1f MB\n", float64(info.Size())/1e6)
	}
	return err
}

// plant writes the frames. No two files of a folder are the same.
func plant(root string) error {
	content := make([][]byte, *frames)
	for i := range content {
		picture := image.NewGray(image.Rect(0, 0, 32, 18))
		for p := range picture.Pix {
			picture.Pix[p] = uint8(p*7 + i*31)
		}
		picture.Set(1, 1, color.White)
		var file bytes.Buffer
		if err := jpeg.Encode(&file, picture, nil); err != nil {
			return err
		}
		content[i] = file.Bytes()
	}
	return parallel.Each(context.Background(), *folders, func(n int) error {
		dir := filepath.Join(root, fmt.Sprintf("trailer-%06d", n))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for i, c := range content {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.jpg", i)), c, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}

// measure opens the folder as a data set without labels.
func measure() error {
	began := time.Now()
	set, err := layout.Open(context.Background(), layout.Source{Path: *open})
	if err != nil {
		return err
	}
	taken := time.Since(began)
	n := 0
	for _, s := range set.Samples {
		n += len(s.Frames)
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	fmt.Printf(" %d frames of %d samples: %.2f s, of which processors %.2f s; peak of memory %.0f MB\n", n,
		len(set.Samples), taken.Seconds(), time.Duration(usage.Utime.Nano()+usage.Stime.Nano()).Seconds(),
		float64(usage.Maxrss)/1e3)
	return nil
}
