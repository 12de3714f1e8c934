package model

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/hint"
	"montage/core/tensor"
	"montage/runner/diskcache"
)

// tenth is a frozen prefix that gives, of a frame, its first pixel as it is and divided by
// ten times the parameter. It keeps the first pixels of each call.
type tenth struct {
	core.Module
	calls [][]uint8
}

func (l *tenth) Forward(_ context.Context, c core.ModuleForward) error {
	l.calls = append(l.calls, firsts(c.Frames))
	for i, v := range firsts(c.Frames) {
		copy(c.PrefixOutput.Float32s()[2*i:], []float32{float32(v), float32(v) / (10 * c.Params[0].Float32s()[0])})
	}
	return nil
}

func firsts(frames tensor.Tensor) (first []uint8) {
	for i := 0; i < frames.Len(); i += 12 {
		first = append(first, frames.Uint8s()[i])
	}
	return first
}

func framesOf(first ...uint8) tensor.Tensor {
	t := tensor.New(tensor.Uint8, len(first), 2, 2, 3)
	for i, v := range first {
		t.Uint8s()[12*i] = v
	}
	return t
}

type plain struct{}

func (plain) Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error) {
	return tensor.New(d, shape...), nil
}

// newPrefix makes a backbone whose maps are kept in dir.
func newPrefix(t *testing.T, dir string) (*StatefulModule, *tenth) {
	t.Helper()
	backbone := &tenth{}
	p := &StatefulModule{Name: "backbone", Module: backbone, Input: core.ModuleInput{Size: 2, Frames: 40},
		Plan: core.ModulePlan{FrozenPrefix: []int{2}, Params: []core.Param{{Name: "w", Shape: []int{1}, Frozen: true}}}}
	p.State = []tensor.Tensor{tensor.FromFloat32([]float32{1})}
	p.Changed()
	p.Prefix = &FrozenPrefix{Open: func(digest [32]byte) FeatureStore {
		return diskcache.Open(diskcache.Config{Dir: dir, Name: fmt.Sprintf("%x", digest), Limit: 1 << 20,
			Log: zerolog.Nop()})
	}}
	t.Cleanup(func() { p.Prefix.Close() })
	if err := p.Prefix.Allocate(plain{}, p); err != nil {
		t.Fatal(err)
	}
	return p, backbone
}

// expect takes frames through the frozen prefix, and compares all maps.
func expect(t *testing.T, p *StatefulModule, first ...uint8) {
	t.Helper()
	p.OpenCache()
	if err := p.throughPrefix(t.Context(), framesOf(first...)); err != nil {
		t.Fatal(err)
	}
	for i, v := range first {
		exact := float64(v) / (10 * float64(p.State[0].Float32s()[0]))
		got := p.Prefix.numbers(i)
		if got[0] != float32(v) || math.Abs(float64(got[1])-exact) > exact/2048 {
			t.Fatalf("frame %d of %v gives %v, want about %v and %v", i, first, got, v, exact)
		}
		if bits := math.Float32bits(got[1]); bits&0x1fff != 0 {
			t.Fatalf("%v has more than 16 bits", got[1])
		}
	}
}

// TestCachedAndComputedFramesMix mixes cached frames with others, at every row.
func TestCachedAndComputedFramesMix(t *testing.T) {
	p, backbone := newPrefix(t, t.TempDir())
	var all []uint8
	for v := range uint8(40) {
		all = append(all, v)
	}
	expect(t, p, all[10:30]...)
	expect(t, p, all...)
	if len(backbone.calls) != 2 || !slices.Equal(backbone.calls[1], slices.Concat(all[:10], all[30:])) {
		t.Errorf("computed %v", backbone.calls)
	}
	slices.Reverse(all)
	expect(t, p, all...)
	expect(t, p, 3, 3, 9, 200, 3, 200)
	if len(backbone.calls) != 3 || !slices.Equal(backbone.calls[2], []uint8{200, 200}) {
		t.Errorf("computed %v", backbone.calls[2:])
	}
	p.Prefix.Open, p.Prefix.store = nil, nil // and without a store
	expect(t, p, all...)
}

// TestOtherValuesOtherMaps changes what is frozen, and back.
func TestOtherValuesOtherMaps(t *testing.T) {
	p, backbone := newPrefix(t, t.TempDir())
	expect(t, p, 1, 2)
	p.State[0].Float32s()[0] = 2
	p.Changed()
	expect(t, p, 1, 2)
	p.State[0].Float32s()[0] = 1
	p.Changed()
	expect(t, p, 1, 2)
	if len(backbone.calls) != 2 {
		t.Errorf("computed %v", backbone.calls)
	}
}

// TestDamageWhileInUse destroys the maps under an open store: those are made again.
func TestDamageWhileInUse(t *testing.T) {
	dir := t.TempDir()
	p, backbone := newPrefix(t, dir)
	expect(t, p, 1, 2, 3, 4, 5)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.maps"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.Truncate(files[0], 9); err != nil { // two of four bytes each, and a bit
		t.Fatal(err)
	}
	expect(t, p, 5, 9, 3, 2, 1)
	if got := fmt.Sprint(backbone.calls[1:]); got != "[[9] [5 3]]" {
		t.Errorf("computed %v", got)
	}
	expect(t, p, 5, 3, 9)
	if len(backbone.calls) != 3 {
		t.Errorf("computed %v", backbone.calls)
	}
}

func TestNumbersTooLargeToKeep(t *testing.T) {
	p, _ := newPrefix(t, t.TempDir())
	p.State[0].Float32s()[0] = 1e-6
	err := p.throughPrefix(t.Context(), framesOf(0, 1, 2))
	if err == nil || !strings.Contains(err.Error(), "backbone: a frozen prefix that gives 1") ||
		!strings.Contains(hint.Text(err), "\nhint: ") {
		t.Errorf("error is %v", err)
	}
	p.State[0].Float32s()[0] = float32(math.NaN())
	p.Changed()
	if err := p.throughPrefix(t.Context(), framesOf(1)); err != nil ||
		p.Prefix.numbers(0)[1] == p.Prefix.numbers(0)[1] {
		t.Errorf("NaN, which the loss will report, became %v, %v", p.Prefix.numbers(0), err)
	}
}

func TestPrefixOfNoShape(t *testing.T) {
	p := &StatefulModule{Name: "backbone", Plan: core.ModulePlan{Outputs: 1, FrozenPrefix: []int{4, -1}}}
	if err := p.Check(); err == nil {
		t.Error("a prefix of less than nothing was accepted")
	}
}

// TestForwardsOpenNoFiles: only OpenCache opens a store, once for the same values; after
// a change of the values nothing is kept until it is called again.
func TestForwardsOpenNoFiles(t *testing.T) {
	p, backbone := newPrefix(t, t.TempDir())
	opened, open := 0, p.Prefix.Open
	p.Prefix.Open = func(digest [32]byte) FeatureStore { opened++; return open(digest) }
	forward := func() {
		t.Helper()
		if err := p.throughPrefix(t.Context(), framesOf(1, 2)); err != nil {
			t.Fatal(err)
		}
	}
	forward()
	forward()
	if opened != 0 || len(backbone.calls) != 2 {
		t.Errorf("%d stores are open after %d calls", opened, len(backbone.calls))
	}
	p.OpenCache()
	p.OpenCache()
	forward()
	forward()
	if opened != 1 || len(backbone.calls) != 3 {
		t.Errorf("%d stores are open after %d calls", opened, len(backbone.calls))
	}
	p.Changed()
	forward()
	if opened != 1 || len(backbone.calls) != 4 {
		t.Errorf("after a change: %d stores are open after %d calls", opened, len(backbone.calls))
	}
	(&StatefulModule{}).OpenCache() // has no prefix
}
