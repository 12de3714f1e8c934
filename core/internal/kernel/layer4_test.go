package kernel

import (
	"fmt"
	"testing"
	"time"
)

// layer4 lists the convolutions of ResNet-50's last stage, with how often each occurs.
var layer4 = []struct {
	name  string
	count int
	first bool // reads the frozen prefix: no gradient of the input
	Conv2D
}{
	{"0.c1 1024-512 14x14", 1, true, Conv2D{H: 14, W: 14, C: 1024, K: 512, R: 1, S: 1, Stride: 1}},
	{"0.c2 3x3/2", 1, false, Conv2D{H: 14, W: 14, C: 512, K: 512, R: 3, S: 3, Stride: 2, Pad: 1}},
	{"0.down 1x1/2", 1, true, Conv2D{H: 14, W: 14, C: 1024, K: 2048, R: 1, S: 1, Stride: 2}},
	{"c1 2048-512", 2, false, Conv2D{H: 7, W: 7, C: 2048, K: 512, R: 1, S: 1, Stride: 1}},
	{"c2 3x3", 2, false, Conv2D{H: 7, W: 7, C: 512, K: 512, R: 3, S: 3, Stride: 1, Pad: 1}},
	{"c3 512-2048", 3, false, Conv2D{H: 7, W: 7, C: 512, K: 2048, R: 1, S: 1, Stride: 1}},
}

// BenchmarkLayer4 is a training pass forward and backward, with normalisation by the
// statistics of the batch. With -v it prints each convolution's share and speed.
func BenchmarkLayer4(b *testing.B) {
	for _, n := range []int{16, 40} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkLayer4(b, n) })
	}
}

func benchmarkLayer4(b *testing.B, frames int) {
	spent := make([][4]time.Duration, len(layer4))
	passes := make([]func(), 0)
	for i, l := range layer4 {
		c := l.Conv2D
		c.N = frames
		x, w, dx, dw := random(1, frames*c.H*c.W*c.C), random(2, c.K*c.C*c.R*c.S), allocate(frames*c.H*c.W*c.C),
			allocate(c.K*c.C*c.R*c.S)
		y, dy := allocate(c.pixels()*c.K), random(3, c.pixels()*c.K)
		v := [4][]float32{random(4, c.K), random(5, c.K), make([]float32, c.K), make([]float32, c.K)}
		norm := BatchNorm{Rows: c.pixels(), C: c.K, Eps: 1e-5}
		passes = append(passes, func() {
			timed(&spent[i][0], func() { c.Forward(y, x, w) })
			if !l.first {
				timed(&spent[i][1], func() { c.BackwardData(dx, dy, w) })
			}
			timed(&spent[i][2], func() { c.BackwardWeights(dw, x, dy) })
			timed(&spent[i][3], func() {
				norm.Stats(v[2], v[3], y)
				norm.Apply(y, y, v[2], v[3], v[0], v[1])
				norm.BackwardBatch(y, v[2], v[2], y, dy, v[2], v[3], v[0])
			})
		})
	}
	products := 0
	for _, l := range layer4 {
		l.N = frames
		directions := 3
		if l.first {
			directions = 2
		}
		products += l.count * directions * l.pixels() * l.K * l.C * l.R * l.S
	}
	all := func() {
		for i, l := range layer4 {
			for range l.count {
				passes[i]()
			}
		}
	}
	all()
	clear(spent)
	flops(b, products, all)
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N*frames), "ms/frame")
	if testing.Verbose() {
		for i, l := range layer4 {
			l.N = frames
			flop := 2 * float64(b.N*l.count*l.pixels()*l.K*l.C*l.R*l.S) / 1e9
			speed := func(d time.Duration) float64 { return flop / max(d.Seconds(), 1e-9) }
			s := spent[i]
			b.Logf("%-20s x%d: %7.2f ms/pass; forward %6.1f, data %6.1f, weights %6.1f GFLOPS; norm %5.2f ms",
				l.name, l.count, (s[0]+s[1]+s[2]+s[3]).Seconds()*1e3/float64(b.N),
				speed(s[0]), speed(max(s[1], 0)), speed(s[2]), s[3].Seconds()*1e3/float64(b.N))
		}
	}
}

func timed(sum *time.Duration, f func()) {
	start := time.Now()
	f()
	*sum += time.Since(start)
}
