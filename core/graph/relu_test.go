package graph

import (
	"fmt"
	"math"
	"testing"
)

// A ReLU keeps what shows that a number is none, and has one zero.
func TestReLUOfSpecialNumbers(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	minus := float32(math.Copysign(math.NaN(), -1))
	x := []float32{-inf, inf, nan, minus, float32(math.Copysign(0, -1)), 0, -1e-45, 1e-45}
	y, dx := make([]float32, 8), make([]float32, 8)
	reluForward(y, x)
	if math.Signbit(float64(y[4])) || fmt.Sprint(y) != "[0 +Inf NaN NaN 0 0 0 1e-45]" {
		t.Error(y)
	}
	reluBackward(dx, y, []float32{1, 2, 3, 4, 5, 6, 7, -8})
	if fmt.Sprint(dx) != "[0 2 3 4 0 0 0 -8]" {
		t.Error(dx)
	}
}
