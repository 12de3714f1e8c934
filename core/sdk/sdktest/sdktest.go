// Package sdktest runs the conformance kit (package conform) in an author's own tests, and
// compares losses with reference values from another library. A plugin author's test is a
// table of options and one call.
package sdktest

import (
	"context"
	"math/rand/v2"
	"testing"

	"montage/core"
	"montage/core/conform"
	"montage/core/tensor"
)

// Values returns a component's values for the options of a spec. It checks the component's
// declaration first.
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

// source returns the random numbers of the tests, the same in every run.
func source() *rand.Rand { return rand.New(rand.NewPCG(7, 11)) }

// normal returns a tensor of draws with mean 0 and standard deviation scale.
func normal(r *rand.Rand, scale float64, shape ...int) tensor.Tensor {
	x := tensor.New(tensor.Float32, shape...)
	for i := range x.Float32s() {
		x.Float32s()[i] = float32(scale * r.NormFloat64())
	}
	return x
}

// check runs the conformance kit and reports what fails.
func check(t testing.TB, s conform.Subject) {
	t.Helper()
	// Errorf and not Fatalf, so that an author sees all that fails.
	for _, r := range conform.Run(context.Background(), s).Checks {
		if !r.OK {
			t.Errorf("%s: %s: %s", s.Component.Name, r.Check, r.Reason)
		}
	}
}
