package kernel

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"montage/core/parallel"
)

// prefix is ResNet-50 from its stem to layer3 with random weights, for the benchmark.
type prefix struct {
	size    int
	frames  [3]int // taken together in each stage
	stem    layer
	pool    Pool
	blocks  []bottleneck
	threads []*place
}

// layer is a convolution with its weights packed.
type layer struct {
	Conv2D
	name   string
	filter *Filter
}

type bottleneck struct {
	stage          int // 0 to 2
	c1, c2, c3, ds layer
}

// place is what one thread works with.
type place struct {
	Scratch
	stem, pool, t1, t2 []float32
	cur                [3][]float32
	spent              map[string]time.Duration
}

func newLayer(name string, size, c, k, r, stride int) layer {
	conv := Conv2D{N: 1, H: size, W: size, C: c, K: k, R: r, S: r, Stride: stride, Pad: r / 2}
	return layer{conv, name, conv.Pack(random(1, k*c*r*r), scales(k, c*r*r), nil)}
}

// scales keeps activations near 1.
func scales(k, fan int) []float32 {
	s := make([]float32, k)
	for i := range s {
		s[i] = 1 / float32(fan)
	}
	return s
}

// together returns how many frames each stage takes at once: few where maps are
// large, so that they stay in the cache, more where weights are.
func together(size int) [3]int {
	if size > 160 {
		return [3]int{1, 1, 4}
	}
	return [3]int{2, 4, 12}
}

func newPrefix(size, threads int) *prefix {
	t := &prefix{size: size, frames: together(size), stem: newLayer("stem 7x7/2", size, 3, 64, 7, 2)}
	h, _ := t.stem.Out()
	t.pool = Pool{N: 1, H: h, W: h, C: 64, Size: 3, Stride: 2, Pad: 1}
	h, _ = t.pool.Out()
	in := 64
	for s, n := range []int{3, 4, 6} {
		for i := range n {
			b, mid, stride := bottleneck{stage: s}, 64<<s, 1
			if i == 0 && s > 0 {
				stride = 2
			}
			name := fmt.Sprintf("layer%d ", s+1)
			b.c1 = newLayer(fmt.Sprintf("%sc1 %d-%d", name, in, mid), h, in, mid, 1, 1)
			b.c2 = newLayer(fmt.Sprintf("%sc2 3x3/%d", name, stride), h, mid, mid, 3, stride)
			if i == 0 {
				b.ds = newLayer(fmt.Sprintf("%sdown 1x1/%d", name, stride), h, in, 4*mid, 1, stride)
			}
			h, _ = b.c2.Out()
			b.c3 = newLayer(name+"c3 + residual", h, mid, 4*mid, 1, 1)
			in = 4 * mid
			t.blocks = append(t.blocks, b)
		}
	}
	for range threads {
		t.threads = append(t.threads, t.newPlace())
	}
	return t
}

func (t *prefix) newPlace() *place {
	p := &place{spent: map[string]time.Duration{}}
	need := func(s *[]float32, l layer, frames int) {
		h, w := l.Out()
		grow(s, frames*h*w*l.K)
		*s = (*s)[:cap(*s)]
	}
	need(&p.stem, t.stem, 1)
	p.pool = make([]float32, t.frames[0]*t.blocks[0].c1.H*t.blocks[0].c1.W*64)
	for _, b := range t.blocks {
		need(&p.t1, b.c1, t.frames[b.stage])
		need(&p.t2, b.c2, t.frames[b.stage])
		need(&p.cur[b.stage], b.c3, t.frames[min(b.stage+1, 2)])
	}
	return p
}

func (p *place) timed(name string, f func()) {
	start := time.Now()
	f()
	p.spent[name] += time.Since(start)
}

func (p *place) apply(l layer, n int, y, x []float32, e Epilogue) {
	l.N = n
	p.timed(l.name, func() { l.ApplySerial(&p.Scratch, y, x, l.filter, e) })
}

// stage runs the blocks of one stage over n frames.
func (t *prefix) stage(p *place, s, n int, out, in []float32) {
	for _, b := range t.blocks {
		if b.stage != s {
			continue
		}
		p.apply(b.c1, n, p.t1, in, Epilogue{ReLU: true})
		p.apply(b.c2, n, p.t2, p.t1, Epilogue{ReLU: true})
		if b.ds.filter != nil {
			p.apply(b.ds, n, out, in, Epilogue{})
		}
		p.apply(b.c3, n, out, p.t2, Epilogue{Residual: out, ReLU: true})
		in = out
	}
}

// group runs up to frames[2] frames.
func (t *prefix) group(p *place, x []float32, n int) {
	h1, _ := t.blocks[0].c2.Out()
	h2, _ := t.blocks[3].c2.Out()
	for i := 0; i < n; i += t.frames[1] {
		n := min(t.frames[1], n-i)
		for j := 0; j < n; j += t.frames[0] {
			n := min(t.frames[0], n-j)
			for k := range n {
				p.apply(t.stem, 1, p.stem, x[(i+j+k)*t.size*t.size*3:], Epilogue{ReLU: true})
				p.timed("max pool", func() { t.pool.MaxSerial(p.pool[k*h1*h1*64:], nil, p.stem) })
			}
			t.stage(p, 0, n, p.cur[0][j*h1*h1*256:], p.pool)
		}
		t.stage(p, 1, n, p.cur[1][i*h2*h2*512:], p.cur[0])
	}
	t.stage(p, 2, n, p.cur[2], p.cur[1])
}

func (t *prefix) run(x []float32, frames int) {
	n := len(t.threads)
	each := ceilDiv(frames, n)
	parallel.For(n, func(i int) {
		for f := i * each; f < min(frames, (i+1)*each); f += t.frames[2] {
			t.group(t.threads[i], x[f*t.size*t.size*3:], min(t.frames[2], min(frames, (i+1)*each)-f))
		}
	})
}

// BenchmarkPrefix prints a table with -v: each convolution's share and speed.
func BenchmarkPrefix(b *testing.B) {
	for _, size := range []int{224, 112, 64} {
		b.Run(fmt.Sprint(size), func(b *testing.B) { benchmarkPrefix(b, size, 24) })
	}
}

func benchmarkPrefix(b *testing.B, size, frames int) {
	t := newPrefix(size, runtime.GOMAXPROCS(0))
	x := random(1, frames*size*size*3)
	t.run(x, frames)
	for _, p := range t.threads {
		clear(p.spent)
	}
	flops(b, frames*t.products(), func() { t.run(x, frames) })
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N*frames), "ms/frame")
	if testing.Verbose() {
		t.print(b, b.N*frames)
	}
}

// products returns the multiplications of a frame, as direct convolutions have them.
func (t *prefix) products() int {
	n := 0
	for _, l := range t.layers() {
		p, q := l.Out()
		n += p * q * l.K * l.C * l.R * l.S
	}
	return n
}

// layers returns the convolutions in their order.
func (t *prefix) layers() []layer {
	all := []layer{t.stem}
	for _, k := range t.blocks {
		for _, l := range []layer{k.c1, k.c2, k.ds, k.c3} {
			if l.filter != nil {
				all = append(all, l)
			}
		}
	}
	return all
}

func (t *prefix) print(b *testing.B, frames int) {
	count, flop := map[string]int{}, map[string]float64{}
	order := []string{"max pool"}
	for _, l := range t.layers() {
		if count[l.name]++; count[l.name] == 1 {
			order = append(order, l.name)
		}
		p, q := l.Out()
		flop[l.name] += 2 * float64(p*q*l.K*l.C*l.R*l.S)
	}
	for _, name := range order {
		var sum time.Duration
		for _, p := range t.threads {
			sum += p.spent[name]
		}
		ms := sum.Seconds() * 1e3 / float64(frames)
		b.Logf("%-24s x%d %7.3f core-ms/frame %7.1f GFLOPS/core", name, count[name], ms, flop[name]/ms/1e6)
	}
}
