// Package sdktest checks components through their contracts: that calls are pure,
// that a restart between forward and backward changes nothing, that gradients
// agree with finite differences. A plugin author's test is a table of options and
// one call.
package sdktest

import (
	"math"
	"math/rand/v2"
	"testing"

	"montage/core"
	"montage/core/tensor"
)

// Values returns a component's values for what a spec says, after checking the
// component's own declaration.
func Values(t testing.TB, c core.Component, options map[string]any) core.Values {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	values, faults := core.Check(c.Options, options)
	if len(faults) > 0 {
		t.Fatalf("options of %s: %v", c.Name, faults)
	}
	return values
}

// source draws the numbers of tests, the same in every run.
func source() *rand.Rand { return rand.New(rand.NewPCG(7, 11)) }

func normal(r *rand.Rand, scale float64, shape ...int) tensor.Tensor {
	x := tensor.New(tensor.Float32, shape...)
	for i := range x.Float32s() {
		x.Float32s()[i] = float32(scale * r.NormFloat64())
	}
	return x
}

// dot adds up in float64, so that a difference of two sums still has digits.
func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// differences compares a gradient with central differences of an objective, along
// the gradient itself, which shows a wrong size, and along a random direction,
// which shows a wrong element. A long step meets curvature and kinks, a short one
// rounding, so several are tried; a wrong gradient agrees with none.
func differences(t testing.TB, name string, x, gradient []float32, step float64, objective func() float64) {
	t.Helper()
	length := math.Sqrt(dot(gradient, gradient))
	rounding := 1e-6 * (1 + math.Abs(objective())) / step // for gradients that are truly 0
	for k, direction := range directions(gradient, length) {
		var seen, want float64
		agrees := false
		for h := step; h > step/100 && !agrees; h /= 4 {
			p := probe{x, gradient, direction, objective}
			up, right := p.at(h)
			down, left := p.at(-h)
			seen, want = (up-down)/(2*h), (right-left)/(2*h)
			agrees = math.Abs(seen-want) <= 0.02*(math.Abs(want)+length)+rounding
		}
		if !agrees {
			t.Errorf("%s: direction %d: the gradient says %g, differences say %g", name, k, want, seen)
		}
	}
}

// directions returns the two along which differences are taken, each with
// elements of size 1 on average.
func directions(gradient []float32, length float64) [2][]float64 {
	r := source()
	along, across := make([]float64, len(gradient)), make([]float64, len(gradient))
	for i, g := range gradient {
		along[i] = float64(g) / math.Max(length, 1e-30) * math.Sqrt(float64(len(gradient)))
		across[i] = float64(2*r.IntN(2) - 1)
	}
	return [2][]float64{along, across}
}

type probe struct {
	x, gradient []float32
	direction   []float64
	objective   func() float64
}

// at returns the objective at a step, and what the gradient predicts of its
// change for the numbers as float32 rounded them.
func (p probe) at(h float64) (value, predicted float64) {
	kept := append([]float32(nil), p.x...)
	for i := range p.x {
		p.x[i] = kept[i] + float32(h*p.direction[i])
		predicted += float64(p.gradient[i]) * (float64(p.x[i]) - float64(kept[i]))
	}
	value = p.objective()
	copy(p.x, kept)
	return value, predicted
}
