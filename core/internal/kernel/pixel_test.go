package kernel

import "testing"

func TestNormalize(t *testing.T) {
	mean, std := [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}
	x := make([]uint8, 3*40_000)
	want := make([]float64, len(x))
	for i := range x {
		x[i] = uint8(i * 31 / 3)
		want[i] = (float64(x[i])/255 - float64(mean[i%3])) / float64(std[i%3])
	}
	y := filled(len(x))
	Normalize(y, x, mean, std)
	near(t, "y", y, want)
	Normalize(nil, nil, mean, std)
}

func TestSumAndBias(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		const rows, cols = 2*chunkRows + 1, 13
		x, bias := random(1, rows*cols), random(2, cols)
		sum, want := filled(cols), make([]float64, cols)
		biased := make([]float64, len(x))
		for i, v := range x {
			want[i%cols] += float64(v)
			biased[i] = float64(v) + float64(bias[i%cols])
		}
		SumRows(sum, x, rows, cols)
		near(t, "sum", sum, want)
		AddBias(x, rows, cols, bias)
		near(t, "biased", x, biased)
		SumRows(sum, nil, 0, cols)
		near(t, "sum of no rows", sum, make([]float32, cols))
	})
}

func TestGlobalAverage(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		g := GlobalAvg{N: 3, HW: 49, C: 10}
		x, y, dx := random(1, g.N*g.HW*g.C), filled(g.N*g.C), filled(g.N*g.HW*g.C)
		want, back := make([]float64, len(y)), make([]float64, len(x))
		for i, v := range x {
			at := i/(g.HW*g.C)*g.C + i%g.C
			want[at] += float64(v) / float64(g.HW)
		}
		g.Forward(y, x)
		near(t, "y", y, want)
		for i := range back {
			back[i] = float64(y[i/(g.HW*g.C)*g.C+i%g.C]) / float64(g.HW)
		}
		g.Backward(dx, y)
		near(t, "dx", dx, back)
		GlobalAvg{HW: 4, C: 2}.Forward(nil, nil)
		GlobalAvg{N: 1, C: 2}.Forward(y, nil)
		near(t, "mean of no pixels", y[:2], []float32{0, 0})
	})
}
