package command

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/hint"
	"montage/core/parallel"
	"montage/runner/video"
)

// keyframes is one call of keyframes.
type keyframes struct {
	*app
	out, ffmpeg string
	jobs        int
	values      map[string]*string
}

func (a *app) keyframesCommand() *cobra.Command {
	x := &keyframes{app: a, values: map[string]*string{}}
	c := &cobra.Command{
		Use: "keyframes VIDEO... --out DIR", Short: "Take key frames out of videos, a folder for each",
		Long: "Take key frames out of videos, or folders of videos, by ffmpeg. Each video gets a folder of frames,\n" +
			"named by their time stamps, with keyframes.csv. What is there of the same video and options is kept.",
		Args: cobra.MinimumNArgs(1), RunE: ran(x.run),
	}
	f := c.Flags()
	f.StringVar(&x.out, "out", "", "the folder of the videos' folders")
	f.StringVar(&x.ffmpeg, "ffmpeg", "", "the ffmpeg to use, with ffprobe beside it (default: the one in PATH)")
	f.IntVar(&x.jobs, "jobs", runtime.GOMAXPROCS(0), "videos at a time")
	for _, o := range video.Options() {
		name := strings.ReplaceAll(o.Name, "_", "-")
		x.values[o.Name] = f.String(name, fmt.Sprint(o.Default), o.Doc)
		if o.Type == core.TypeBool {
			f.Lookup(name).NoOptDefVal = "true"
		}
	}
	_ = c.MarkFlagRequired("out")
	return c
}

func (x *keyframes) config() (c video.Config, err error) {
	raw := map[string]any{}
	for _, o := range video.Options() {
		text := *x.values[o.Name]
		raw[o.Name] = text
		if number, err := strconv.ParseFloat(text, 64); err == nil {
			raw[o.Name] = number
		} else if o.Type == core.TypeBool && (text == "true" || text == "false") {
			raw[o.Name] = text == "true"
		}
	}
	values, faults := core.Check(video.Options(), raw)
	if len(faults) > 0 {
		return c, callError{faults[0]}
	}
	values.Into(&c)
	return c, nil
}

func (x *keyframes) run(ctx context.Context, args []string) error {
	c, err := x.config()
	if err != nil {
		return err
	}
	if x.jobs < 1 {
		return callError{fmt.Errorf("--jobs %d must be at least 1", x.jobs)}
	}
	tool, err := video.Find(ctx, x.ffmpeg)
	if err != nil {
		return interrupted(ctx, err)
	}
	ids, paths, err := videos(args)
	if err != nil {
		return err
	}
	frames, errs := make([][]string, len(ids)), make([]error, len(ids))
	bar := x.meter("key frames", "videos")
	var lock sync.Mutex
	ended := 0
	// The error of a video does not end the others, so none is returned here.
	_ = parallel.Limited(ctx, len(ids), x.jobs, func(i int) error {
		frames[i], _, errs[i] = tool.Extract(ctx, paths[i], filepath.Join(x.out, ids[i]), c)
		lock.Lock()
		defer lock.Unlock()
		ended++
		bar.show(ended, len(ids))
		return nil
	})
	bar.clear()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return x.report(ids, paths, frames, errs)
}

func (x *keyframes) report(ids, paths []string, frames [][]string, errs []error) error {
	w := csv.NewWriter(x.Stdout)
	_ = w.Write([]string{"id", "frames", "video"}) // Flush keeps the error
	var broken []error
	for i, id := range ids {
		if errs[i] != nil {
			broken = append(broken, fmt.Errorf("%s: %w", paths[i], errs[i]))
			continue
		}
		_ = w.Write([]string{id, strconv.Itoa(len(frames[i])), paths[i]})
	}
	w.Flush()
	if len(broken) > 0 {
		return fmt.Errorf("%d of %d videos failed:\n%w", len(broken), len(ids), errors.Join(broken...))
	}
	return w.Error()
}

// videos lists videos and those in folders, with the names that their folders get.
func videos(args []string) (ids, paths []string, err error) {
	seen := map[string]string{}
	for _, arg := range args {
		before := len(paths)
		err := filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path != arg && !video.IsVideo(path) {
				return err
			}
			id := filepath.Base(path)
			if path != arg {
				if id, err = filepath.Rel(arg, path); err != nil {
					return err
				}
			}
			id = strings.TrimSuffix(id, filepath.Ext(id))
			if other, twice := seen[id]; twice {
				return hint.With(fmt.Errorf("%s and %s have the same name", other, path),
					"rename one, or use another --out for it")
			}
			seen[id] = path
			ids, paths = append(ids, id), append(paths, path)
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		if len(paths) == before {
			return nil, nil, fmt.Errorf("%s holds no videos", arg)
		}
	}
	return ids, paths, nil
}
