package video

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Cache keeps the key frames of videos that data names.
type Cache struct {
	Dir  string // montage/videos in the user's cache folder where empty
	Tool Tool
}

// Frames returns the folder of a video's key frames and their names; it makes them where they are not there, or are of
// another video than the one that the path leads to now. The folder's name follows from the path and the options.
func (k Cache) Frames(ctx context.Context, path string, c Config) (dir string, frames []string, err error) {
	if k.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", nil, err
		}
		k.Dir = filepath.Join(cache, "montage", "videos")
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", nil, err
	}
	options, err := json.Marshal(c)
	if err != nil {
		return "", nil, err
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s\x00%q\x00%s", format, path, options))
	dir = filepath.Join(k.Dir, fmt.Sprintf("%x", key[:16]))
	frames, _, err = k.Tool.Extract(ctx, path, dir, c)
	return dir, frames, err
}
