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
	c := featureCollector{set: set, unit: unit}
	err := p.sweep(ctx, set, progress, func(ctx context.Context, batch data.Batch, pass model.ForwardInput) error {
		features, err := p.Chain.Features(ctx, pass)
		if err != nil {
			return err
		}
		return c.add(batch, features)
	})
	if err != nil {
		return Features{}, err
	}
	return c.features()
}

// featureCollector collects the batches' features.
type featureCollector struct {
	set           *data.Dataset
	unit          core.Unit
	ids           []string
	rows, targets []float32
	width         int
}

func (c *featureCollector) add(b data.Batch, features tensor.Tensor) error {
	c.width = features.Shape[1]
	values := features.Float32s()
	for i, v := range values {
		if v != v || math.IsInf(float64(v), 0) {
			return fmt.Errorf("feature %d of a frame is %v", i%c.width, v)
		}
	}
	for r, i := range b.Samples {
		t := c.set.Samples[i]
		frames := values[int(b.Offsets[r])*c.width : int(b.Offsets[r+1])*c.width]
		if c.unit == core.UnitSample {
			c.ids = append(c.ids, t.ID)
			c.rows = append(c.rows, meanOf(frames, c.width)...)
			continue
		}
		c.rows = append(c.rows, frames...)
		for _, frame := range b.Frames[r] {
			c.ids = append(c.ids, t.ID+"/"+t.Frames[frame])
		}
	}
	if c.unit != core.UnitSample || len(c.set.Classes) == 0 {
		return nil
	}
	targets := make([]float32, len(b.Samples)*len(c.set.Classes))
	if err := c.set.MultiHot(b, targets); err != nil {
		return err
	}
	c.targets = append(c.targets, targets...)
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

func (c *featureCollector) features() (Features, error) {
	if len(c.ids) == 0 {
		return Features{}, fmt.Errorf("none of the %d samples could be read", len(c.set.Samples))
	}
	f := Features{IDs: c.ids, Rows: tensor.FromFloat32(c.rows, len(c.ids), c.width)}
	if len(c.targets) > 0 {
		f.Targets = tensor.FromFloat32(c.targets, len(c.ids), len(c.set.Classes))
	}
	return f, nil
}
