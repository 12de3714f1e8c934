package preview

import (
	"context"
	"fmt"
	"path/filepath"

	"montage/core"
	"montage/runner/data"
	"montage/runner/input"
	"montage/runner/model"
	"montage/runner/pipeline"
)

// take is a branch's batch on its way to a section.
type take struct {
	*pipeline.Pipeline
	branch *model.Branch
	batch  *input.Slot
	limits Limits
	draws  map[int]draw
}

// draw is one random choice of frames, as they were before anything was done to them.
type draw struct {
	data.Batch
	pixels []uint8
}

// column makes one cell of every line: of the nth frame of a sample.
type column struct {
	title string
	cell  func(sample, nth int) Cell
}

func (t *take) section(ctx context.Context, phase string, at data.DrawPosition) (Section, error) {
	b := t.branch
	s := Section{Title: fmt.Sprintf("branch %s, phase %s: %d %s samples a step, a row for each %s", b.Name, phase,
		b.Batch, b.Source, b.Unit)}
	if b.Origin == core.FromOutputs {
		s.Title += "; targets from outputs"
	}
	if t.batch.Empty() {
		s.Title += "; no sample of this batch could be read"
		return s, nil
	}
	if err := t.load(ctx, at); err != nil {
		return s, err
	}
	columns := t.columns()
	for _, c := range columns {
		s.Columns = append(s.Columns, c.title)
	}
	first := t.draws[b.Views[0].Draw]
	for sample := range min(t.limits.Samples, len(first.Samples)) {
		for nth := range min(t.limits.Frames, len(first.Frames[sample])) {
			var line []Cell
			for _, c := range columns {
				line = append(line, c.cell(sample, nth))
			}
			s.Lines = append(s.Lines, line)
		}
	}
	return s, nil
}

// load reads the frames of each draw again, as they were.
func (t *take) load(ctx context.Context, at data.DrawPosition) error {
	t.draws = map[int]draw{}
	for _, v := range t.branch.Views {
		if _, done := t.draws[v.Draw]; done || v.SharesFramesOf != "" {
			continue
		}
		at.Draw = v.Draw
		b := t.Inputs[t.branch.Name].Sampler.At(at)
		pixels := make([]uint8, b.Rows()*t.Loader.FrameBytes())
		b, err := t.Loader.Load(ctx, t.Inputs[t.branch.Name].Sampler.Data, b, pixels)
		if err != nil {
			return err
		}
		t.draws[v.Draw] = draw{b, pixels}
	}
	return nil
}

// columns are the frames of each draw, followed by the views of it, copy by copy.
func (t *take) columns() (columns []column) {
	var filled model.Size
	others, seen := 0, map[int]bool{}
	for _, v := range t.branch.Views {
		if v.SharesFramesOf != "" { // seen already
			others++
			continue
		}
		if !seen[v.Draw] {
			seen[v.Draw] = true
			columns = append(columns, t.source(v.Draw))
		}
		w := drawnView{take: t, View: v, draw: t.draws[v.Draw], pass: t.batch.WithGradient}
		w.size = model.Size{N: w.draw.Rows(), R: len(w.draw.Samples)}
		if t.branch.Unit == core.UnitFrame {
			w.size.R = w.size.N
		}
		if v.NoGradient {
			w.pass = t.batch.NoGradient[others]
			others++
		} else {
			w.from = filled
			copies := max(v.Copies, 1)
			filled = model.Size{N: filled.N + copies*w.size.N, R: filled.R + copies*w.size.R}
		}
		columns = append(columns, w.columns()...)
	}
	return columns
}

// source shows a draw.
func (t *take) source(number int) column {
	c := column{title: "frame"}
	if number > 0 {
		c.title = fmt.Sprintf("frame of draw %d", number+1)
	}
	d := t.draws[number]
	c.cell = func(sample, nth int) Cell {
		of := t.Inputs[t.branch.Name].Sampler.Data.Samples[d.Samples[sample]]
		name := filepath.Base(of.Frames[d.Frames[sample][nth]])
		return Cell{Pixels: frame(d.pixels, d.at(sample, nth), t.Spec.Data.Size), Text: of.ID + " " + name}
	}
	return c
}

// at is the index of a sample's nth frame among all.
func (d draw) at(sample, nth int) int { return int(d.Offsets[sample]) + nth }

// frame copies one frame out of many.
func frame(pixels []uint8, n, side int) []uint8 {
	length := side * side * 3
	return append([]uint8(nil), pixels[n*length:(n+1)*length]...)
}

// drawnView is a view of a draw, and its range in the batch.
type drawnView struct {
	*take
	core.View
	draw       draw
	pass       model.ForwardInput
	from, size model.Size // size is that of one copy
}

func (w drawnView) columns() (columns []column) {
	for c := range max(w.Copies, 1) {
		title := "view " + w.Name
		if w.Copies > 1 {
			title += fmt.Sprintf(", copy %d", c+1)
		}
		if w.Teacher {
			title += ", teacher"
		} else if w.NoGradient {
			title += ", no gradient"
		}
		columns = append(columns, column{title, func(sample, nth int) Cell {
			n := w.draw.at(sample, nth)
			row := sample
			if w.branch.Unit == core.UnitFrame {
				row = n
			}
			cell := Cell{Pixels: frame(w.pass.Frames.Uint8s(), w.from.N+c*w.size.N+n, w.Spec.Data.Size)}
			if !w.NoGradient {
				cell.Text = w.target(w.from.R + c*w.size.R + row)
			}
			return cell
		}})
	}
	return columns
}

// target describes what the loss is to compare a row with.
func (w drawnView) target(row int) string {
	text := fmt.Sprintf("row %d", row+1)
	if w.branch.Origin == core.FromLabels || w.branch.Origin == core.FromTransform {
		text = w.describe(w.batch.Targets.Row(row))
	}
	if weight := w.batch.Weights.Float32s()[row]; weight != 1 {
		text += fmt.Sprintf(", weight %.3g", weight)
	}
	return text
}
