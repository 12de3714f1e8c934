package predict

import (
	"context"
	"fmt"
	"math"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/data"
	"montage/runner/model"
)

// Features are a backbone's outputs for samples or for their frames.
type Features struct {
	// IDs name the rows: a sample's id or, of a frame, the id, "/" and the file's name.
	IDs []string
	// Rows: float32 [R,D].
	Rows tensor.Tensor
	// Targets: float32 [R,K] of samples with labels, else zero.
	Targets tensor.Tensor
}

// Features computes the features of a data set in its order, as the model is used:
// evenly spaced frames of each sample, at most Frames. A sample's features are the
// mean of its frames'.
func (p *Predictor) Features(ctx context.Context, set *data.Dataset, unit core.Unit,
	progress func(done, total int)) (Features, error) {
	g := gatherer{set: set, unit: unit}
	err := p.sweep(ctx, set, progress, func(ctx context.Context, batch data.Batch, pass model.ForwardInput) error {
		features, err := p.Chain.Features(ctx, pass)
		if err != nil {
			return err
		}
		return g.add(batch, features)
	})
	if err != nil {
		return Features{}, err
	}
	return g.features()
}

// gatherer collects the batches' features.
type gatherer struct {
	set           *data.Dataset
	unit          core.Unit
	ids           []string
	rows, targets []float32
	width         int
}

func (g *gatherer) add(b data.Batch, features tensor.Tensor) error {
	g.width = features.Shape[1]
	values := features.Float32s()
	for i, v := range values {
		if v != v || math.IsInf(float64(v), 0) {
			return fmt.Errorf("feature %d of a frame is %v", i%g.width, v)
		}
	}
	for r, i := range b.Samples {
		t := g.set.Samples[i]
		frames := values[int(b.Offsets[r])*g.width : int(b.Offsets[r+1])*g.width]
		if g.unit == core.UnitSample {
			g.ids = append(g.ids, t.ID)
			g.rows = append(g.rows, meanOf(frames, g.width)...)
			continue
		}
		g.rows = append(g.rows, frames...)
		for _, frame := range b.Frames[r] {
			g.ids = append(g.ids, t.ID+"/"+t.Frames[frame])
		}
	}
	if g.unit != core.UnitSample || len(g.set.Classes) == 0 {
		return nil
	}
	targets := make([]float32, len(b.Samples)*len(g.set.Classes))
	if err := g.set.MultiHot(b, targets); err != nil {
		return err
	}
	g.targets = append(g.targets, targets...)
	return nil
}

func meanOf(frames []float32, width int) []float32 {
	sums := make([]float64, width)
	for i, v := range frames {
		sums[i%width] += float64(v)
	}
	out := make([]float32, width)
	for i, sum := range sums {
		out[i] = float32(sum / float64(len(frames)/width))
	}
	return out
}

func (g *gatherer) features() (Features, error) {
	if len(g.ids) == 0 {
		return Features{}, fmt.Errorf("none of the %d samples could be read", len(g.set.Samples))
	}
	f := Features{IDs: g.ids, Rows: tensor.FromFloat32(g.rows, len(g.ids), g.width)}
	if len(g.targets) > 0 {
		f.Targets = tensor.FromFloat32(g.targets, len(g.ids), len(g.set.Classes))
	}
	return f, nil
}
