package spec

import "montage/core"

// VideoTable says which key frames are taken of a video. [VideoOptions] documents the fields.
type VideoTable struct {
	Method        string  `option:"method"`
	Threshold     float64 `option:"threshold"`
	Scenes        string  `option:"scenes"` // absolute, "" if not given
	Count         int     `option:"count"`
	Rate          float64 `option:"rate"`
	Position      float64 `option:"position"`
	MinScene      float64 `option:"min_scene"`
	MinFrames     int     `option:"min_frames"`
	MaxFrames     int     `option:"max_frames"`
	SkipStart     float64 `option:"skip_start"`
	SkipEnd       float64 `option:"skip_end"`
	KeepBlack     bool    `option:"keep_black"`
	KeepBars      bool    `option:"keep_bars"`
	KeepTruncated bool    `option:"keep_truncated"`
	Duplicates    int     `option:"duplicates"`
	Size          int     `option:"size"`
	Quality       int     `option:"quality"`
	Timeout       float64 `option:"timeout"`
}

// DefaultVideo returns the defaults of [VideoOptions].
func DefaultVideo() VideoTable {
	values, _ := core.Check(VideoOptions(), nil) // a test holds the declarations
	var t VideoTable
	values.Into(&t)
	return t
}

// VideoOptions declares what VideoTable holds. They are the keys of [data.video] and the flags of runner keyframes.
func VideoOptions() []core.Option {
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
		{Name: "scenes", Type: core.TypeString, Default: "",
			Doc: `scene: file with the scenes, of PySceneDetect ("{name}-Scenes.csv") or TransNetV2 ` +
				`("{file}.scenes.txt"): {name} is the video's name, {file} that with its extension, {id} the sample; ` +
				"a folder holds a file for each video; left out: scenes are found by the threshold"},
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
		flag("keep_truncated", "take the frames that are left of a truncated video, which is an error otherwise"),
		whole("duplicates", 6, -1, 64,
			"bits of 64 in which the hashes of near-duplicates differ at most; -1 keeps all"),
		whole("size", 640, 16, 8192, "longest side of a frame in pixels; smaller frames are not enlarged"),
		whole("quality", 90, 1, 100, "quality of the JPEG files"),
		number("timeout", 3600, 0, 1e6, "seconds that a video may take, 0 for any"),
	}
}
