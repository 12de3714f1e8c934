package model

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"montage/core"
	"montage/core/parallel"
	"montage/core/tensor"
	"montage/runner/featurecache"
)

// FrozenPrefix makes frames into what the frozen part of the backbone makes of them, or
// finds that where it was kept. Either way the numbers are rounded to 16 bits, so
// that training does not depend on what was found.
type FrozenPrefix struct {
	// Open returns where the maps of a frozen prefix are kept, by a digest of its frozen
	// values; nil keeps none. The frozen prefix closes what it opened.
	Open func(digest [32]byte) *featurecache.Cache

	// maps: float32 [N,FrozenPrefix...] and missing: uint8 [N,S,S,3], at the greatest N.
	maps, missing tensor.Tensor
	kept          []byte // of missingRows maps
	row           int    // numbers of a map

	store    *featurecache.Cache
	revision uint64 // of the values that store is for, 0 for none
}

// missingRows bounds the maps that are rounded together.
const missingRows = 8

// Allocate takes the memory of n frames and their maps.
func (t *FrozenPrefix) Allocate(work Allocator, of *Module) error {
	n, side := of.Input.Frames, of.Input.Size
	var err error
	if t.maps, err = work.Alloc(tensor.Float32, append([]int{n}, of.Plan.FrozenPrefix...)...); err == nil {
		t.missing, err = work.Alloc(tensor.Uint8, n, side, side, 3)
	}
	if err != nil {
		return fmt.Errorf("%s: prefix: %w", of.Name, err)
	}
	t.row, err = tensor.Elements(of.Plan.FrozenPrefix)
	return err
}

// Close lets go of the kept maps.
func (t *FrozenPrefix) Close() {
	if t != nil && t.store != nil {
		t.store.Close()
		t.store, t.revision = nil, 0
	}
}

// through fills the front of maps with those of frames.
func (p *Module) through(ctx context.Context, frames tensor.Tensor) error {
	t := p.Prefix
	p.openPrefix()
	keys := digests(frames)
	for {
		missing := t.lacking(keys)
		if err := p.makeMaps(ctx, frames, missing, keys); err != nil {
			return err
		}
		// What turns out to be damaged is forgotten, and so missing the next time.
		if t.find(keys, missing) {
			return nil
		}
	}
}

// openPrefix finds the maps of the frozen values as they are now. A teacher's are
// those of the student.
func (p *Module) openPrefix() {
	t := p.Prefix
	if t.Open == nil || t.store != nil && t.revision == p.revision {
		return
	}
	t.Close()
	sum := sha256.New()
	for i, param := range p.Plan.Params {
		if !param.Frozen {
			continue
		}
		fmt.Fprintf(sum, "%q %v\n", param.Name, param.Shape)
		sum.Write(p.State[i].Bytes())
	}
	t.store, t.revision = t.Open([32]byte(sum.Sum(nil))), p.revision
}

// digests names frames by their pixels.
func digests(frames tensor.Tensor) []featurecache.Key {
	keys, pixels := make([]featurecache.Key, frames.Shape[0]), frames.Bytes()
	parallel.For(len(keys), func(i int) {
		n := len(pixels) / len(keys)
		keys[i] = sha256.Sum256(pixels[i*n : (i+1)*n])
	})
	return keys
}

// lacking returns the frames whose maps are not kept.
func (t *FrozenPrefix) lacking(keys []featurecache.Key) (missing []int) {
	for i, k := range keys {
		if t.store == nil || !t.store.Has(k, featurecache.Bytes(t.row)) {
			missing = append(missing, i)
		}
	}
	return missing
}

// makeMaps computes the maps of the frames that lack one, in one call, and keeps them.
func (p *Module) makeMaps(ctx context.Context, frames tensor.Tensor, missing []int, keys []featurecache.Key) error {
	if len(missing) == 0 {
		return nil
	}
	t, input := p.Prefix, frames
	if len(missing) < frames.Shape[0] {
		input = Front(t.missing, len(missing))
		for to, from := range missing {
			copy(rowOf(input, to), rowOf(frames, from))
		}
	}
	call := core.ModuleForward{ModuleCall: core.ModuleCall{Frames: input}, PrefixOutput: Front(t.maps, len(missing))}
	call.Params, call.Revision = p.params(false)
	if err := p.Module.Forward(ctx, call); err != nil {
		return fmt.Errorf("%s: prefix: %w", p.Name, err)
	}
	// They lie in front, in the order of missing, and so never behind their places:
	// from the last to the first, none falls on one that is still to be moved.
	for end := len(missing); end > 0; end -= missingRows {
		if err := t.settle(missing[:end], max(0, end-missingRows), keys); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

// settle rounds the maps from first on, keeps them and puts them in their places.
func (t *FrozenPrefix) settle(missing []int, first int, keys []featurecache.Key) error {
	size := featurecache.Bytes(t.row)
	if len(t.kept) == 0 {
		t.kept = make([]byte, missingRows*size)
	}
	errs := make([]error, missingRows)
	parallel.For(len(missing)-first, func(i int) {
		errs[i] = featurecache.Round(t.kept[i*size:(i+1)*size], t.numbers(first+i))
	})
	for i, to := range missing[first:] {
		if errs[i] != nil {
			return errs[i]
		}
		if t.store != nil {
			t.store.Put(keys[to], t.kept[i*size:(i+1)*size])
		}
	}
	parallel.For(len(missing)-first, func(i int) {
		featurecache.Widen(t.numbers(missing[first+i]), t.kept[i*size:(i+1)*size])
	})
	return nil
}

// find fills in the maps that are kept, of all frames but the missing ones. It tells
// whether all could be read.
func (t *FrozenPrefix) find(keys []featurecache.Key, missing []int) bool {
	absent, lost := map[int]bool{}, make([]bool, len(keys))
	for _, i := range missing {
		absent[i] = true
	}
	buffers := sync.Pool{New: func() any { b := make([]byte, featurecache.Bytes(t.row)); return &b }}
	parallel.For(len(keys), func(i int) {
		if absent[i] {
			return
		}
		b := buffers.Get().(*[]byte)
		defer buffers.Put(b)
		if lost[i] = !t.store.Get(keys[i], *b); !lost[i] {
			featurecache.Widen(t.numbers(i), *b)
		}
	})
	for _, l := range lost {
		if l {
			return false
		}
	}
	return true
}

// numbers returns the map of a frame.
func (t *FrozenPrefix) numbers(i int) []float32 { return t.maps.Float32s()[i*t.row : (i+1)*t.row] }

func rowOf(t tensor.Tensor, i int) []byte {
	n := len(t.Bytes()) / t.Shape[0]
	return t.Bytes()[i*n : (i+1)*n]
}
