package data

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"montage/runner/framecache"
)

// BenchmarkFrames loads the frames of a folder, which FRAMES names; without it, those of
// the tests. The script runner/bench/reference/frames.py compares it with Pillow.
func BenchmarkFrames(b *testing.B) {
	folder := os.Getenv("FRAMES")
	if folder == "" {
		folder = "testdata"
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.jpg"))
	if err != nil || len(paths) == 0 {
		b.Fatal(paths, err)
	}
	config := LoaderConfig{Size: 224}
	b.Run("decoded", func(b *testing.B) { benchmarkLoader(b, NewLoader(config), paths) })
	config.Disk = framecache.Config{Dir: b.TempDir(), Limit: 1 << 33}
	b.Run("disk", func(b *testing.B) {
		time.Sleep(2 * time.Second) // younger files are not kept
		for range 2 {               // the second time those of another run
			l := NewLoader(config)
			benchmarkLoader(b, l, paths)
			l.Close()
		}
	})
}

// benchmarkLoader reports frames per second of wall time and of processor time.
func benchmarkLoader(b *testing.B, l *Loader, paths []string) {
	pixels := make([]uint8, l.FrameBytes())
	started, used := time.Now(), processor(b)
	b.ResetTimer()
	b.ReportAllocs()
	n := 0
	for range b.N {
		for _, path := range paths {
			if err := l.frame(single(path), 0, pixels); err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(n)/time.Since(started).Seconds(), "wall-frames/s")
	b.ReportMetric(float64(n)/(processor(b)-used).Seconds(), "cpu-frames/s")
}

// processor returns the processor time of the process.
func processor(b *testing.B) time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
