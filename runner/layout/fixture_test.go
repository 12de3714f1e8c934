package layout

import (
	"context"
	"testing"

	"montage/runner/data"
)

// open opens a labelled data set that must be sound.
func open(t *testing.T, path string) *data.Dataset {
	t.Helper()
	d, err := Open(context.Background(), Source{Path: path, Labeled: true})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
