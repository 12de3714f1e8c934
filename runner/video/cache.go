package video

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"montage/core/spec"
)

// Cached returns a video that data names with the folder of its key frames in the user's cache folder. The folder's
// name follows from the path, the options, and with a list of scenes the id. Where it holds those of another video than
// the one that the path leads to now, Extract makes them again.
func Cached(id, path string, c spec.VideoTable) (v Video, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return v, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return v, err
	}
	options, err := fingerprint(c)
	if err != nil {
		return v, err
	}
	named := fmt.Appendf(nil, "%s\x00%q\x00%s", format, path, options)
	if c.Scenes != "" {
		named = fmt.Appendf(named, "\x00%q", id)
	}
	key := sha256.Sum256(named)
	return Video{ID: id, Path: path, Dir: filepath.Join(cache, "montage", "videos", fmt.Sprintf("%x", key[:16]))}, nil
}
