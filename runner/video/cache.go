package video

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"montage/core/spec"
)

// CacheDir returns the folder of the key frames of a video that data names, in the user's cache folder. Its name
// follows from the path and the options. Where it holds those of another video than the one that the path leads to now,
// Extract makes them again.
func CacheDir(path string, c spec.VideoTable) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	options, err := fingerprint(c)
	if err != nil {
		return "", err
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s\x00%q\x00%s", format, path, options))
	return filepath.Join(cache, "montage", "videos", fmt.Sprintf("%x", key[:16])), nil
}
