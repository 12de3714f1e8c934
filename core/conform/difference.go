package conform

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"montage/core/tensor"
)

// Gradient is a claim about the gradient of a function.
type Gradient struct {
	// Of names the variable X.
	Of string
	// X is the memory from which Scalar reads the variable; Check changes and restores
	// it. Claimed is the gradient with respect to X, of the same length.
	X, Claimed []float32
	// Step is the largest step, 0 for 1e-3.
	Step float64
	// Scalar computes the function that Claimed is the gradient of.
	Scalar func() (float64, error)
}

// ErrUnsteady: the differences do not settle at any step size, so the check is inconclusive.
var ErrUnsteady = errors.New("finite differences do not settle")

// Check compares the claim with central differences along two directions: the gradient
// itself, which reveals a wrong scale, and a random one, which reveals a wrong element. Large
// steps suffer from curvature and kinks, small ones from rounding, so it tries several. A
// claim is wrong if the differences settle on another number.
func (g Gradient) Check() error {
	if g.Step == 0 {
		g.Step = 1e-3
	}
	start, err := g.Scalar()
	if err != nil {
		return err
	}
	length := math.Sqrt(dot(g.Claimed, g.Claimed))
	rounding := 1e-6 * (1 + math.Abs(start)) / g.Step // for gradients that are truly 0
	for k, direction := range g.directions(length) {
		if err := g.along(direction, 0.02*length+rounding); err != nil {
			return fmt.Errorf("gradient by %s, direction %d: %w", g.Of, k, err)
		}
	}
	return nil
}

// shortest is the smallest step as a fraction of the largest: deep networks that normalise
// few values are linear only over very small steps. Differences have settled when that many
// consecutive ones agree.
const (
	shortest = 1e-4
	settled  = 3
)

func (g Gradient) along(direction []float64, tolerance float64) error {
	var seen []float64
	// Which step suits the function is not known beforehand. One that agrees is enough.
	for h := g.Step; h > g.Step*shortest; h /= 4 {
		up, right, err := g.probe(direction, h)
		if err != nil {
			return err
		}
		down, left, err := g.probe(direction, -h)
		if err != nil {
			return err
		}
		// The claim is projected on the step as it was rounded to float32, not as it was
		// asked for, so that the rounding of X does not count as an error of the
		// gradient.
		found, claimed := (up-down)/(2*h), (right-left)/(2*h)
		if math.Abs(found-claimed) <= 0.02*math.Abs(claimed)+tolerance {
			return nil
		}
		seen = append(seen, found)
		if steady(seen) {
			return fmt.Errorf("the component says %g, differences say %g", claimed, found)
		}
	}
	// Neither agreement nor a settled contradiction: the differences prove nothing.
	return ErrUnsteady
}

// steady reports whether the last differences agree with each other.
func steady(seen []float64) bool {
	if len(seen) < settled {
		return false
	}
	last := seen[len(seen)-settled:]
	low, high := slices.Min(last), slices.Max(last)
	return high-low <= 0.01*math.Max(math.Abs(low), math.Abs(high))
}

// directions returns the two directions of Check, scaled to elements of size 1 on average.
func (g Gradient) directions(length float64) [2][]float64 {
	// A fixed seed: the same component must pass or fail every time.
	r := rand.New(rand.NewPCG(7, 11))
	along, across := make([]float64, len(g.Claimed)), make([]float64, len(g.Claimed))
	for i, v := range g.Claimed {
		// The bound keeps a gradient of zeros from dividing 0 by 0.
		along[i] = float64(v) / math.Max(length, 1e-30) * math.Sqrt(float64(len(g.Claimed)))
		across[i] = float64(2*r.IntN(2) - 1)
	}
	return [2][]float64{along, across}
}

// probe returns the scalar after a step, and the change that the gradient predicts. The
// prediction uses the step as float32 rounded it, or rounding would look like an error.
func (g Gradient) probe(direction []float64, h float64) (value, predicted float64, err error) {
	kept := append([]float32(nil), g.X...)
	for i := range g.X {
		g.X[i] = kept[i] + float32(h*direction[i])
		predicted += float64(g.Claimed[i]) * (float64(g.X[i]) - float64(kept[i]))
	}
	value, err = g.Scalar()
	// Copied back, since taking the step back would round once more.
	copy(g.X, kept)
	return value, predicted, err
}

// dot adds up in float64, so that a difference of two sums still has digits.
func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func normal(scale float64) func(*rand.Rand, tensor.Tensor) {
	return func(r *rand.Rand, t tensor.Tensor) {
		x := t.Float32s()
		for i := range x {
			x[i] = float32(scale * r.NormFloat64())
		}
	}
}

func pixels(r *rand.Rand, t tensor.Tensor) {
	x := t.Uint8s()
	for i := range x {
		x[i] = uint8(r.IntN(256))
	}
}

func keys(r *rand.Rand, t tensor.Tensor) {
	x := t.Uint64s()
	for i := range x {
		x[i] = r.Uint64()
	}
}

// cut fills offsets that divide n frames among the rows.
func cut(n int) func(*rand.Rand, tensor.Tensor) {
	return func(_ *rand.Rand, t tensor.Tensor) {
		x := t.Int32s()
		for i := range x {
			x[i] = int32(i * n / (len(x) - 1))
		}
	}
}

func all[T any](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}
