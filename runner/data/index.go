package data

import (
	"path/filepath"
	"strings"

	"montage/runner/fileindex"
	"montage/runner/picture"
	"montage/runner/video"
)

// indexVersion names what counts as a frame, and as a sound one.
var indexVersion = "2 " + strings.Join(picture.Extensions, " ")

// indexedFrames is the number of frames from which on an index is kept beside them. The headers of fewer are read in
// a tenth of a second, or in a minute from a disk that has to move its head for each.
const indexedFrames = 5_000

func indexConfig(samples []Sample) fileindex.Config {
	return fileindex.Config{Root: commonFolder(samples), Version: indexVersion, Accept: picture.IsPicture,
		Compare: Natural, Ignore: video.IsTable, Least: indexedFrames}
}

// commonFolder returns the folder that all frames of a data set are below, whose index serves all data sets of the
// spec that lie there.
func commonFolder(samples []Sample) string {
	common := ""
	for _, t := range samples {
		dir := filepath.Clean(t.Dir)
		if t.Frames == nil {
			dir = filepath.Dir(dir)
		}
		if t.Parts != nil {
			continue
		}
		if common == "" {
			common = dir
		}
		for !within(dir, common) && common != filepath.Dir(common) {
			common = filepath.Dir(common)
		}
	}
	return common
}

// within reports whether a folder is another or below it.
func within(dir, other string) bool {
	rest, ok := strings.CutPrefix(dir, other)
	return ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(other, string(filepath.Separator)))
}
