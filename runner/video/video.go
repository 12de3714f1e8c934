// Package video turns videos into folders of key frames, by ffmpeg and ffprobe as processes.
//
// A video is decoded twice. The first time small grey frames come through a pipe, and Go decides which frames to
// take; the second time ffmpeg sends exactly those. A frame is known by its time stamp in both passes, so variable
// frame rates and frames out of order do no harm.
//
// # What is made
//
// The folder of a video holds the frames, named by their time in seconds, as ffmpeg counts it: from the first time
// stamp of the file, which may be that of the sound. keyframes.csv has a row for each scene: start, end, number and
// time of its frame, or why none was taken. The folder appears when it is complete, and is made again when the video,
// the options or the list of scenes have changed.
//
// # Lists of scenes
//
// PySceneDetect (CSV) and TransNetV2 (two numbers a line) number the frames as they are decoded. The times that they
// write assume a constant rate and are not read. A list that goes on after the last frame is refused: it is of another
// video, or was made of a copy with a constant rate, which ffmpeg makes for programs that take raw pictures from it.
// One that ends early is a warning. min_scene does not join scenes of a list, and frames in none of them are not taken.
//
// # Odd videos
//
//   - A video that ends too early is an error unless keep_truncated is set. ffmpeg says so of MP4 and Matroska; else
//     the number of frames and the length that the file states are compared with what was decoded. MPEG-TS, MPEG-PS
//     and Ogg state neither, so that a truncated one is a shorter video.
//   - Pictures are turned upright, and their pixels made square. Interlaced fields are taken apart where the file says
//     that it has them. HDR (PQ, HLG) is brought into the range of other videos; an ffmpeg without zscale leaves it
//     pale, with a warning.
//   - Bars are dark in all frames. A line of the small frame inside them is cut too, since it may be half dark.
//   - Files are read in the formats of videos only, and cannot name other files or the network.
package video

import (
	"path/filepath"
	"slices"
	"strings"
)

// Extensions are those of video files, in small letters.
var Extensions = []string{".mp4", ".mkv", ".webm", ".avi", ".mov", ".m4v", ".mpg", ".mpeg", ".ts", ".m2ts", ".flv",
	".wmv", ".ogv", ".3gp"}

// IsTable reports whether a file is the list of scenes that lies beside key frames.
func IsTable(name string) bool { return filepath.Base(name) == tableName }

// IsVideo reports whether a file's name ends as videos' names do.
func IsVideo(name string) bool {
	return slices.Contains(Extensions, strings.ToLower(filepath.Ext(name)))
}
