package data

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"montage/core/hint"
	"montage/core/rng"
	"montage/runner/data/datatest"
)

func TestResizeIsTorchvisions(t *testing.T) {
	var fixture struct {
		Size   int
		Images map[string][]int
	}
	content, err := os.ReadFile("testdata/resize.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &fixture); err != nil || len(fixture.Images) < 6 {
		t.Fatalf("%d images, error %v", len(fixture.Images), err)
	}
	l := NewLoader(LoaderConfig{Size: fixture.Size})
	for name, want := range fixture.Images {
		got := make([]uint8, l.FrameBytes())
		if err := l.frame(single(filepath.Join("testdata", name)), 0, got); err != nil {
			t.Fatal(err)
		}
		worst := 0
		for i := range want {
			worst = max(worst, want[i]-int(got[i]), int(got[i])-want[i])
		}
		if worst > 1 {
			t.Errorf("%s differs by %d", name, worst)
		}
	}
}

func TestLoadIsTheSameOnAnyNumberOfThreads(t *testing.T) {
	d := open(t, datatest.Folder(t, "id,labels\na,X\nb,X\n", 6, "a", "b"))
	b := Sweep{Data: d, Batch: 2, Frames: 5}.At(0)
	var first []uint8
	for _, threads := range []int{1, 2, 7} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		for _, bytes := range []int64{0, 2000, 1 << 20} {
			l := NewLoader(LoaderConfig{Size: 8, CacheBytes: bytes})
			for range 2 { // the second time from the cache
				pixels := make([]uint8, b.Rows()*l.FrameBytes())
				if _, err := l.Load(context.Background(), d, b, pixels); err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = pixels
				}
				if !slices.Equal(pixels, first) {
					t.Fatalf("%d threads and %d bytes of cache give other pixels", threads, bytes)
				}
			}
			if l.cache.used > bytes {
				t.Errorf("cache of %d bytes holds %d", bytes, l.cache.used)
			}
		}
	}
	// The second frame drawn of the first sample is one of grey 10+20·frame.
	at := 8*8*3 + 8*8*3/2
	if want := 10 + 20*b.Frames[0][1]; first[at] < uint8(want-8) || first[at] > uint8(want+8) {
		t.Errorf("row 1 has grey %d, want about %d", first[at], want)
	}
}

func TestLoadFails(t *testing.T) {
	path := datatest.Folder(t, "id,labels\na,X\n", 2, "a")
	d := open(t, path)
	b := Sweep{Data: d, Batch: 1, Frames: 2}.At(0)
	pixels := make([]uint8, 2*4*4*3)
	l := NewLoader(LoaderConfig{Size: 4})
	if _, err := l.Load(context.Background(), d, b, pixels[1:]); err == nil {
		t.Error("too little memory was taken")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Load(ctx, d, b, pixels); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	frame := d.Samples[0].Path(1)
	datatest.Write(t, frame, truncated(t))
	if err := checkFrame(single(frame), 0); err != nil {
		t.Fatalf("the truncated frame is found at once: %v", err)
	}
	if _, err := l.Load(context.Background(), d, b, pixels); err == nil || !strings.Contains(err.Error(), frame) {
		t.Errorf("truncated: %v", err)
	}
	if err := os.Remove(frame); err != nil {
		t.Fatal(err)
	}
	skipping := NewLoader(LoaderConfig{Size: 4, OnError: Skip})
	if _, err := skipping.Load(context.Background(), d, b, pixels); !errors.Is(err, os.ErrNotExist) ||
		!strings.Contains(hint.Text(err), "hint: restore the file") {
		t.Errorf("a frame that vanished is not an error, or one without a hint: %v", err)
	}
}

// TestLoadSkips breaks frames 1 and 2 of a, and all of b.
func TestLoadSkips(t *testing.T) {
	d := open(t, datatest.Folder(t, "id,labels\na,X\nb,X\nc,X\n", 5, "a", "b", "c"))
	for _, frame := range []string{"a/b", "a/c", "b/a", "b/b", "b/c", "b/d", "b/e"} {
		datatest.Write(t, filepath.Join(d.Samples[0].Dir, "..", frame+".jpg"), truncated(t))
	}
	s := Sampler{Data: d, Order: rng.New(1), Augment: rng.New(2), Batch: 3, Frames: 2}
	used := NewLoader(LoaderConfig{Size: 4, OnError: Skip})
	pixels := make([]uint8, 6*used.FrameBytes())
	for epoch := range 20 {
		position := DrawPosition{Epoch: epoch}
		b, err := used.Load(context.Background(), d, s.At(position), pixels)
		if err != nil {
			t.Fatal(err)
		}
		fresh := NewLoader(LoaderConfig{Size: 4, OnError: Skip})
		if again, err := fresh.Load(context.Background(), d, s.At(position), pixels); err != nil ||
			!reflect.DeepEqual(again, b) {
			t.Fatalf("after other batches %v, at once %v, error %v", b, again, err)
		}
		if slices.Contains(b.Samples, 1) || len(b.Samples) != 2 || len(b.SampleKeys) != 2 || len(b.FrameKeys) != 4 {
			t.Fatalf("batch %v", b)
		}
		for i, sample := range b.Samples {
			if len(b.Frames[i]) != 2 || sample == 0 && (slices.Contains(b.Frames[i], 1) ||
				slices.Contains(b.Frames[i], 2)) {
				t.Fatalf("frames %v of sample %d", b.Frames[i], sample)
			}
		}
	}
	if n := len(used.Skipped()); n != 7 {
		t.Errorf("%d frames skipped, want 7: %v", n, used.Skipped())
	}
}

func TestReplace(t *testing.T) {
	broken := map[int]bool{2: true, 3: true}
	for _, c := range []struct{ drawn, want []int }{
		{[]int{0, 1}, []int{0, 1}},
		{[]int{2, 4}, []int{0, 4}},
		{[]int{0, 2}, []int{0, 4}},
		{[]int{0, 1, 2, 3}, []int{0, 1, 4}},
	} {
		if got := replace(c.drawn, 5, func(i int) bool { return broken[i] }); !slices.Equal(got, c.want) {
			t.Errorf("%v became %v, want %v", c.drawn, got, c.want)
		}
	}
}

func TestCacheDropsTheLeastRecentlyUsed(t *testing.T) {
	c := newCache(5)
	pixels := make([]uint8, 2)
	c.put("a", []uint8{1, 1})
	c.put("b", []uint8{2, 2})
	c.get("a", pixels)
	c.put("c", []uint8{3, 3})
	if c.get("b", pixels) || !c.get("a", pixels) || pixels[0] != 1 || !c.get("c", pixels) || pixels[1] != 3 {
		t.Errorf("kept %v", c.frames)
	}
	c.put("d", make([]uint8, 6))
	if c.get("d", pixels) || c.used != 4 {
		t.Errorf("holds %d bytes", c.used)
	}
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			own := make([]uint8, 2)
			for i := range 200 {
				v := uint8(i*(g+1)) % 7
				if c.get(fmt.Sprint("k", v), own) && !bytes.Equal(own, []uint8{v, v}) {
					t.Errorf("key %d holds %v", v, own)
				}
				c.put(fmt.Sprint("k", v), []uint8{v, v})
			}
		})
	}
	group.Wait()
}
