// Package preview draws the input of each branch of a spec: samples, their views, and the
// targets. It shows the first batch of training, prepared by the same input pipeline.
package preview

import (
	"context"
	"errors"
	"fmt"
	"image"

	"montage/runner/pipeline"
)

// Sheet is the picture as data, branch after branch.
type Sheet struct {
	Sections []Section
	// Side is that of a frame, in pixels.
	Side int
}

// Section is a branch. Each of its lines has a cell for every column.
type Section struct {
	Title   string
	Columns []string
	Lines   [][]Cell
}

// Cell is a frame with its caption.
type Cell struct {
	// Pixels: uint8 [Side,Side,3], RGB.
	Pixels []uint8
	Text   string
	// At is where Draw put the frame.
	At image.Rectangle
}

// Limits say how much of a batch is shown: so many samples, so many frames of each.
type Limits struct{ Samples, Frames int }

// New prepares the first batch of each phase of a built pipeline. A branch that several
// phases train is shown for the first of them.
func New(ctx context.Context, built *pipeline.Pipeline, limits Limits) (*Sheet, error) {
	if built.Spec.TakesFeatures() {
		return nil, errors.New("there is nothing to draw: the spec trains on features, which are no pictures")
	}
	sheet, shown := &Sheet{Side: built.Spec.Data.Size}, map[string]bool{}
	e := built.Engine()
	for i, phase := range built.Phases {
		if phase.Total() == 0 {
			continue
		}
		batches, at, err := e.First(ctx, i)
		if err != nil {
			return nil, fmt.Errorf("phase %s: %w", phase.Name, err)
		}
		for _, name := range built.Plan.Phases[i].Branches {
			for _, b := range built.Branches {
				if b.Name != name || shown[name] {
					continue
				}
				shown[name] = true
				t := take{Pipeline: built, branch: b, batch: batches[name], limits: limits}
				section, err := t.section(ctx, phase.Name, at)
				if err != nil {
					return nil, fmt.Errorf("phase %s, branch %s: %w", phase.Name, name, err)
				}
				sheet.Sections = append(sheet.Sections, section)
			}
		}
	}
	return sheet, nil
}
