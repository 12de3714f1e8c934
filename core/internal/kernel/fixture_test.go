package kernel

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// fixtures are PyTorch's answers in float64, made by testdata/fixtures.py.
type fixtures struct {
	Conv []struct {
		Shape               Conv2D
		X, W, Y, Dy, Dx, Dw []float32
	}
	Norm []struct {
		Rows, C                                                  int
		Batch                                                    bool
		X, Gamma, Beta, Mean, Variance, Y, Dy, Dx, Dgamma, Dbeta []float32
	}
	Pool []struct {
		Shape                         Pool
		X, Max, Dy, Maxdx, Avg, Avgdx []float32
		Arg                           []int32
	}
}

func load(t *testing.T) fixtures {
	t.Helper()
	data, err := os.ReadFile("testdata/fixtures.json")
	if err != nil {
		t.Fatal(err)
	}
	var f fixtures
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Conv) == 0 || len(f.Norm) == 0 || len(f.Pool) == 0 {
		t.Fatal("a table of fixtures is empty")
	}
	return f
}

func TestConvolutionIsPyTorchs(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		for _, f := range load(t).Conv {
			y, dx, dw := filled(len(f.Y)), filled(len(f.X)), filled(len(f.W))
			f.Shape.Forward(y, f.X, f.W)
			f.Shape.BackwardData(dx, f.Dy, f.W)
			f.Shape.BackwardWeights(dw, f.X, f.Dy)
			near(t, "y", y, f.Y)
			near(t, "dx", dx, f.Dx)
			near(t, "dw", dw, f.Dw)
		}
	})
}

func TestNormIsPyTorchs(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		for _, f := range load(t).Norm {
			b := BatchNorm{f.Rows, f.C, 1e-5}
			y, dx, dgamma, dbeta := filled(len(f.Y)), filled(len(f.X)), filled(f.C), filled(f.C)
			backward := b.BackwardFrozen
			if f.Batch {
				backward = b.BackwardBatch
				mean, variance := filled(f.C), filled(f.C)
				b.Stats(mean, variance, f.X)
				near(t, "mean", mean, f.Mean)
				near(t, "variance", variance, f.Variance)
			}
			b.Apply(y, f.X, f.Mean, f.Variance, f.Gamma, f.Beta)
			backward(dx, dgamma, dbeta, f.X, f.Dy, f.Mean, f.Variance, f.Gamma)
			near(t, "y", y, f.Y)
			near(t, "dx", dx, f.Dx)
			near(t, "dgamma", dgamma, f.Dgamma)
			near(t, "dbeta", dbeta, f.Dbeta)
		}
	})
}

func TestPoolingIsPyTorchs(t *testing.T) { bothPaths(t, poolingIsPyTorchs) }

func poolingIsPyTorchs(t *testing.T) {
	for _, f := range load(t).Pool {
		y, arg, dx := filled(len(f.Max)), make([]int32, len(f.Max)), filled(len(f.X))
		f.Shape.Max(y, arg, f.X)
		f.Shape.MaxBackward(dx, f.Dy, arg)
		near(t, "max", y, f.Max)
		near(t, "max dx", dx, f.Maxdx)
		if !slices.Equal(arg, f.Arg) {
			t.Errorf("%+v: arg is %v, expected %v", f.Shape, arg, f.Arg)
		}
		y = filled(len(f.Max))
		f.Shape.Max(y, nil, f.X)
		near(t, "max without arg", y, f.Max)
		f.Shape.Avg(y, f.X)
		f.Shape.AvgBackward(dx, f.Dy)
		near(t, "average", y, f.Avg)
		near(t, "average dx", dx, f.Avgdx)
	}
}
