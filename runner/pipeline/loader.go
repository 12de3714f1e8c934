package pipeline

import (
	"fmt"
	"os"
	"path/filepath"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/framecache"
	"montage/runner/picture"
)

// makeLoader makes what reads frames.
func (p *Pipeline) makeLoader() error {
	d := p.Spec.Data
	background, err := picture.ParseBackground(d.Background)
	if err != nil {
		return p.Spec.At("data.background", err)
	}
	c := data.LoaderConfig{Size: d.Size, RowWidth: p.width(), CacheBytes: d.Cache, OnError: data.OnError(d.OnError),
		Resize: picture.Resize(d.Resize), Background: background}
	if disk := d.FrameCache; disk != nil && !p.Predict && c.RowWidth == 0 { // elsewhere frames are seen once, or none
		if p.FrameCacheDir, err = cacheDir(disk.Dir, "frames"); err != nil {
			return p.Spec.At("data.frame_cache", err)
		}
		c.Disk = framecache.Config{Dir: p.FrameCacheDir, Limit: disk.Limit, Log: p.Log}
	}
	p.Loader = data.NewLoader(c)
	return nil
}

// cacheDir returns the folder of a cache that the spec names, or one in the user's cache folder.
func cacheDir(named, standard string) (string, error) {
	if named != "" {
		return named, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", hint.With(fmt.Errorf("there is no folder for the cache: %w", err), "name one by dir")
	}
	return filepath.Join(dir, "montage", standard), nil
}

// Close closes the files of the caches. It is required after training.
func (p *Pipeline) Close() {
	p.Backbone.Prefix.Close()
	p.Loader.Close()
}
