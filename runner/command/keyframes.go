package command

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
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
		Long: "Take key frames out of videos, or folders of videos, by ffmpeg. Each video gets a folder of\n" +
			"frames, named by their time in seconds, with keyframes.csv: a row for each scene, with its frame\n" +
			"or why none was taken. What is there of the same video and options is kept, so a call that was\n" +
			"interrupted can be repeated. A video that is broken or truncated is reported, the others are\n" +
			"done, and the exit status is 1.\n\n" +
			"The same options are keys of [data.video] in a spec, for videos that [data] names.",
		Example: "  runner keyframes videos --out frames\n" +
			"  runner keyframes a.mp4 b.mkv --out frames --method fps --rate 0.5 --skip-end 30\n" +
			"  runner keyframes videos --out frames --scenes 'scenes/{name}-Scenes.csv'",
		Args: cobra.MinimumNArgs(1), RunE: ran(x.run),
	}
	f := c.Flags()
	f.StringVar(&x.out, "out", "", "the folder of the videos' folders")
	f.StringVar(&x.ffmpeg, "ffmpeg", "", "the ffmpeg to use, with ffprobe beside it (default: the one in PATH)")
	f.IntVar(&x.jobs, "jobs", 0, "videos at a time; 0: as many as there are processors")
	for _, o := range spec.VideoOptions() {
		name := strings.ReplaceAll(o.Name, "_", "-")
		x.values[o.Name] = f.String(name, fmt.Sprint(o.Default), o.Doc)
		if o.Type == core.TypeBool {
			f.Lookup(name).NoOptDefVal = "true"
		}
	}
	_ = c.MarkFlagRequired("out")
	return c
}

func (x *keyframes) config() (c spec.VideoTable, err error) {
	raw := map[string]any{}
	for _, o := range spec.VideoOptions() {
		text := *x.values[o.Name]
		raw[o.Name] = text
		switch number, err := strconv.ParseFloat(text, 64); {
		case o.Type == core.TypeString: // a file may be named by a number
		case err == nil:
			raw[o.Name] = number
		case o.Type == core.TypeBool && (text == "true" || text == "false"):
			raw[o.Name] = text == "true"
		}
	}
	values, faults := core.Check(spec.VideoOptions(), raw)
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
	if x.jobs < 0 {
		return callError{fmt.Errorf("--jobs %d must be at least 0", x.jobs)}
	}
	tool, err := video.Find(ctx, x.ffmpeg)
	if err != nil {
		return interrupted(ctx, err)
	}
	found, err := x.videos(args)
	if err != nil {
		return err
	}
	if err := video.CheckScenes(c, len(found)); err != nil {
		return callError{err}
	}
	bar := x.meter("key frames", "videos")
	results := tool.All(ctx, video.Batch{Videos: found, Options: c, Jobs: x.jobs, Progress: bar.show})
	bar.clear()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return x.report(found, results)
}

func (x *keyframes) report(videos []video.Video, results []video.Result) error {
	w := csv.NewWriter(x.Stdout)
	_ = w.Write([]string{"id", "frames", "video"}) // Flush keeps the error
	var broken []error
	for i, v := range videos {
		for _, warning := range results[i].Warnings {
			x.log.Warn().Str("video", v.Path).Msg(warning)
		}
		if err := results[i].Err; err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", v.Path, err))
			continue
		}
		_ = w.Write([]string{v.ID, strconv.Itoa(len(results[i].Frames)), v.Path})
	}
	w.Flush()
	if len(broken) > 0 {
		return fmt.Errorf("%d of %d videos failed:\n%w", len(broken), len(videos), errors.Join(broken...))
	}
	return w.Error()
}

// videos lists videos and those in folders, with the folders that they get.
func (x *keyframes) videos(args []string) (found []video.Video, err error) {
	seen := map[string]string{}
	for _, arg := range args {
		paths, err := under(arg)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			id := filepath.Base(path)
			if path != arg {
				if id, err = filepath.Rel(arg, path); err != nil {
					return nil, err
				}
			}
			if stem := strings.TrimSuffix(id, filepath.Ext(id)); filepath.Base(id) != filepath.Ext(id) {
				id = stem
			}
			if other, twice := seen[id]; twice {
				return nil, hint.With(fmt.Errorf("%s and %s have the same name", other, path),
					"rename one, or use another --out for it; of videos in two folders, name the folder above both")
			}
			seen[id] = path
			found = append(found, video.Video{ID: id, Path: path, Dir: filepath.Join(x.out, id)})
		}
	}
	return found, apart(seen)
}

// apart returns an error where the folder of a video would lie in that of another: they come and go as a whole.
func apart(videos map[string]string) error {
	for _, id := range slices.Sorted(maps.Keys(videos)) {
		for above := filepath.Dir(id); above != "." && above != filepath.Dir(above); above = filepath.Dir(above) {
			if other, taken := videos[above]; taken {
				return hint.With(fmt.Errorf("the frames of %s would lie in the folder of those of %s", videos[id],
					other), "rename one, or use another --out for it")
			}
		}
	}
	return nil
}

// under returns a video, or the videos in a folder, without what a system hides there.
func under(arg string) (paths []string, err error) {
	if info, err := os.Stat(arg); err != nil || !info.IsDir() {
		return []string{arg}, err
	}
	root, err := filepath.EvalSymlinks(arg)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != root && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && video.IsVideo(path):
			below, err := filepath.Rel(root, path)
			paths = append(paths, filepath.Join(arg, below))
			return err
		}
		return nil
	})
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("%s holds no videos", arg)
	}
	return paths, err
}
