package model

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"montage/core"
	"montage/core/parallel"
	"montage/core/tensor"
	"montage/runner/diskcache"
)

// FeatureStore keeps the activations that a frozen prefix gives for frames.
type FeatureStore interface {
	// Has reports whether the features of a frame are kept, as so many bytes.
	Has(frame diskcache.Key, bytes int) bool
	// Get fills out and reports whether it could.
	Get(frame diskcache.Key, out []byte) bool
	Put(frame diskcache.Key, features []byte)
	Close()
}

// FrozenPrefix computes the activations of the backbone's frozen prefix, or reads them
// from the cache. Either way the numbers are rounded to 16 bits, so that training does
// not depend on what was cached.
type FrozenPrefix struct {
	// Open, when set, opens the store for the frozen values of a digest. The frozen
	// prefix closes what it opened.
	Open func(digest [32]byte) FeatureStore

	// features: float32 [N,FrozenPrefix...] and missing: uint8 [N,S,S,3], at the greatest N.
	features, missing tensor.Tensor
	rounded           []byte // of missingRows frames
	width             int    // numbers of a frame

	store    FeatureStore // nil where nothing is kept
	revision uint64       // of the values that store is for
}

// missingRows bounds the frames whose features are rounded together.
const missingRows = 8

// Allocate takes the memory of the frames and their features.
func (p *FrozenPrefix) Allocate(work Allocator, of *StatefulModule) error {
	n, side := of.Input.Frames, of.Input.Size
	var err error
	if p.features, err = work.Alloc(tensor.Float32, append([]int{n}, of.Plan.FrozenPrefix...)...); err == nil {
		p.missing, err = work.Alloc(tensor.Uint8, n, side, side, 3)
	}
	if err != nil {
		return fmt.Errorf("%s: prefix: %w", of.Name, err)
	}
	p.width, err = tensor.Elements(of.Plan.FrozenPrefix)
	return err
}

// Close closes the store.
func (p *FrozenPrefix) Close() {
	if p != nil && p.store != nil {
		p.store.Close()
		p.store = nil
	}
}

// OpenCache opens the store for the frozen values as they are now. A teacher's are
// those of the student. Without it, or once the values have changed, nothing is kept.
func (m *StatefulModule) OpenCache() {
	p := m.Prefix
	if p == nil || p.Open == nil || p.store != nil && p.revision == m.revision {
		return
	}
	p.Close()
	sum := sha256.New()
	for i, param := range m.Plan.Params {
		if !param.Frozen {
			continue
		}
		fmt.Fprintf(sum, "%q %v\n", param.Name, param.Shape)
		sum.Write(m.State[i].Bytes())
	}
	p.store, p.revision = p.Open([32]byte(sum.Sum(nil))), m.revision
}

// throughPrefix fills the front of the features with those of frames.
func (m *StatefulModule) throughPrefix(ctx context.Context, frames tensor.Tensor) error {
	p := m.Prefix
	if p.revision != m.revision {
		p.Close() // it is for other values
	}
	keys := digests(frames)
	for {
		missing := p.lacking(keys)
		if err := m.makeFeatures(ctx, frames, missing, keys); err != nil {
			return err
		}
		// What turns out to be damaged is forgotten, and so missing the next time.
		if p.find(keys, missing) {
			return nil
		}
	}
}

// digests names frames by their pixels.
func digests(frames tensor.Tensor) []diskcache.Key {
	keys, pixels := make([]diskcache.Key, frames.Shape[0]), frames.Bytes()
	parallel.For(len(keys), func(i int) {
		n := len(pixels) / len(keys)
		keys[i] = sha256.Sum256(pixels[i*n : (i+1)*n])
	})
	return keys
}

// lacking returns the frames whose features are not kept.
func (p *FrozenPrefix) lacking(keys []diskcache.Key) (missing []int) {
	for i, k := range keys {
		if p.store == nil || !p.store.Has(k, halfBytes(p.width)) {
			missing = append(missing, i)
		}
	}
	return missing
}

// makeFeatures computes the features of the missing frames, in one call, and keeps them.
func (m *StatefulModule) makeFeatures(ctx context.Context, frames tensor.Tensor, missing []int,
	keys []diskcache.Key) error {
	if len(missing) == 0 {
		return nil
	}
	p, input := m.Prefix, frames
	if len(missing) < frames.Shape[0] {
		input = p.missing.Rows(0, len(missing))
		for to, from := range missing {
			copy(input.Rows(to, to+1).Bytes(), frames.Rows(from, from+1).Bytes())
		}
	}
	call := core.ModuleForward{PrefixOutput: p.features.Rows(0, len(missing))}
	call.Frames = input
	call.Params, call.Revision = m.params(false)
	if err := m.Module.Forward(ctx, call); err != nil {
		return fmt.Errorf("%s: prefix: %w", m.Name, err)
	}
	// They lie at the front, in the order of missing. Each moves back to its own row or
	// stays. Moved from the last to the first, none overwrites one that is still to move.
	for end := len(missing); end > 0; end -= missingRows {
		if err := p.settle(missing[:end], max(0, end-missingRows), keys); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return nil
}

// settle rounds the features from first on, caches them and moves them to their rows.
func (p *FrozenPrefix) settle(missing []int, first int, keys []diskcache.Key) error {
	size := halfBytes(p.width)
	if len(p.rounded) == 0 {
		p.rounded = make([]byte, missingRows*size)
	}
	errs := make([]error, missingRows)
	parallel.For(len(missing)-first, func(i int) {
		errs[i] = roundHalf(p.rounded[i*size:(i+1)*size], p.numbers(first+i))
	})
	for i, to := range missing[first:] {
		if errs[i] != nil {
			return errs[i]
		}
		if p.store != nil {
			p.store.Put(keys[to], p.rounded[i*size:(i+1)*size])
		}
	}
	parallel.For(len(missing)-first, func(i int) {
		widenHalf(p.numbers(missing[first+i]), p.rounded[i*size:(i+1)*size])
	})
	return nil
}

// find fills in the features that are kept, of all frames but the missing ones. It
// reports whether all could be read.
func (p *FrozenPrefix) find(keys []diskcache.Key, missing []int) bool {
	absent, lost := map[int]bool{}, make([]bool, len(keys))
	for _, i := range missing {
		absent[i] = true
	}
	buffers := sync.Pool{New: func() any { b := make([]byte, halfBytes(p.width)); return &b }}
	parallel.For(len(keys), func(i int) {
		if absent[i] {
			return
		}
		b := buffers.Get().(*[]byte)
		defer buffers.Put(b)
		if lost[i] = !p.store.Get(keys[i], *b); !lost[i] {
			widenHalf(p.numbers(i), *b)
		}
	})
	for _, l := range lost {
		if l {
			return false
		}
	}
	return true
}

// numbers returns the features of a frame.
func (p *FrozenPrefix) numbers(i int) []float32 {
	return p.features.Float32s()[i*p.width : (i+1)*p.width]
}
