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
)

// Extensions are those of video files, in small letters.
var Extensions = []string{".mp4", ".mkv", ".webm", ".avi", ".mov", ".m4v", ".mpg", ".mpeg", ".ts", ".m2ts", ".flv",
	".wmv", ".ogv", ".3gp"}

// IsVideo reports whether a file's name ends as videos' names do.
func IsVideo(name string) bool {
	return slices.Contains(Extensions, strings.ToLower(filepath.Ext(name)))
}
