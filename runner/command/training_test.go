package command

import (
	"path/filepath"
	"testing"

	"montage/core/spec"
	"montage/runner/data/datatest"
	"montage/runner/layout"
)

// TestDigestsAreFoundAgain: a frame cache, of which each loading of a spec has its own, is nothing to a data set.
func TestDigestsAreFoundAgain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	datatest.Write(t, path, []byte("id,labels\na,x\n"))
	datatest.Write(t, filepath.Join(dir, "frames", "a", "1.jpg"), datatest.Photo(t, 1))
	x := &comparison{app: &app{}, digests: map[string][]string{}}
	for _, cache := range []*spec.FrameCacheTable{{Limit: 1}, {Limit: 1}, nil} {
		digests, err := x.digest(t.Context(), spec.DataTable{Labeled: path, OnError: "fail", FrameCache: cache})
		if err != nil || len(digests) != len(layout.Listed) || digests[0] == "" || digests[3] != "" {
			t.Errorf("got %q, %v", digests, err)
		}
	}
	if len(x.digests) != 1 {
		t.Errorf("the data sets were read %d times", len(x.digests))
	}
}
