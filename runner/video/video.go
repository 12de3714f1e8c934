// Package video turns videos into folders of key frames, by ffmpeg and ffprobe as processes.
//
// A video is decoded twice. The first time small grey frames come through a pipe, and Go decides which frames to
// take; the second time ffmpeg sends exactly those. Frames are named by their time stamps in both passes, so
// variable frame rates and seeks that miss do no harm.
package video

import (
	"path/filepath"
	"slices"
	"strings"

	"montage/core"
)

// Extensions are those of video files, in small letters.
var Extensions = []string{".mp4", ".mkv", ".webm", ".avi", ".mov", ".m4v", ".mpg", ".mpeg", ".ts", ".m2ts", ".flv",
	".wmv", ".ogv", ".3gp"}

// IsVideo reports whether a file's name ends as videos' names do.
func IsVideo(name string) bool {
	return slices.Contains(Extensions, strings.ToLower(filepath.Ext(name)))
}

// Config says which frames to take. [Options] documents the fields.
type Config struct {
	Method     string  `option:"method" json:"method"`
	Threshold  float64 `option:"threshold" json:"threshold"`
	Count      int     `option:"count" json:"count"`
	Rate       float64 `option:"rate" json:"rate"`
	Position   float64 `option:"position" json:"position"`
	MinScene   float64 `option:"min_scene" json:"min_scene"`
	MinFrames  int     `option:"min_frames" json:"min_frames"`
	MaxFrames  int     `option:"max_frames" json:"max_frames"`
	SkipStart  float64 `option:"skip_start" json:"skip_start"`
	SkipEnd    float64 `option:"skip_end" json:"skip_end"`
	KeepBlack  bool    `option:"keep_black" json:"keep_black"`
	KeepBars   bool    `option:"keep_bars" json:"keep_bars"`
	Duplicates int     `option:"duplicates" json:"duplicates"`
	Size       int     `option:"size" json:"size"`
	Quality    int     `option:"quality" json:"quality"`
	Timeout    float64 `option:"timeout" json:"-"`
}

// Default returns the defaults of [Options].
func Default() Config {
	values, _ := core.Check(Options(), nil) // a test holds the declarations
	var c Config
	values.Into(&c)
	return c
}

// Options declares what Config holds, for specs and flags.
func Options() []core.Option {
	number := func(name string, value, low, high float64, doc string) core.Option {
		return core.Option{Name: name, Type: core.TypeFloat, Default: value, Min: &low, Max: &high, Doc: doc}
	}
	whole := func(name string, value int, low, high float64, doc string) core.Option {
		return core.Option{Name: name, Type: core.TypeInt, Default: value, Min: &low, Max: &high, Doc: doc}
	}
	flag := func(name, doc string) core.Option {
		return core.Option{Name: name, Type: core.TypeBool, Default: false, Doc: doc}
	}
	return []core.Option{
		{Name: "method", Type: core.TypeString, Default: "scene",
			Choices: []string{"scene", "iframe", "uniform", "fps"},
			Doc: "one frame of each scene, each key frame of the codec, count frames evenly, or rate frames a " +
				"second"},
		number("threshold", 0.27, 0, 1,
			"scene: change between two frames that begins a new scene, as ffmpeg's scene score"),
		whole("count", 20, 1, 5000, "uniform: frames to take"),
		number("rate", 1, 0.001, 1000, "fps: frames a second to take"),
		number("position", 0.5, 0, 1, "place of the frame in its scene, 0 the start, 1 the end"),
		number("min_scene", 0.6, 0, 3600, "scene: seconds of the shortest scene; shorter ones join the one before"),
		whole("min_frames", 3, 0, 5000, "fewest frames of a video; where too few are found, others are added evenly"),
		whole("max_frames", 80, 1, 5000, "most frames of a video; where more are found, they are thinned evenly"),
		number("skip_start", 0, 0, 1e6, "seconds at the start to leave out"),
		number("skip_end", 0, 0, 1e6, "seconds at the end to leave out"),
		flag("keep_black", "take black and white frames and fades too"),
		flag("keep_bars", "keep the black bars of letterbox and pillarbox"),
		whole("duplicates", 6, -1, 64,
			"bits of 64 in which the hashes of near-duplicates differ at most; -1 keeps all"),
		whole("size", 640, 16, 8192, "longest side of a frame in pixels; smaller frames are not enlarged"),
		whole("quality", 90, 1, 100, "quality of the JPEG files"),
		number("timeout", 3600, 0, 1e6, "seconds that a video may take, 0 for any"),
	}
}
