// Package rng derives a random stream for each purpose from the seed of a run.
//
// A draw must not depend on the order in which work arrives or on the number of threads.
// So streams are never shared: every draw starts from a Key derived from the run's seed and
// the purpose, epoch, sample and frame that it belongs to.
package rng

import (
	"hash/fnv"
	"math/rand/v2"
)

// Key names one random stream. Equal keys give equal draws, on every machine.
type Key uint64

// New returns the root key of a run. The increment keeps seed 0 away from mix, which maps
// 0 to 0.
func New(seed uint64) Key { return Key(mix(seed + golden)) }

// Of derives the stream of a purpose, a sample id or any other name.
func (k Key) Of(name string) Key {
	// FNV is fixed by its definition. The hash of package maphash differs in every
	// process.
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash never fails to take bytes
	return k.At(h.Sum64())
}

// At derives the stream at an index: an epoch, a frame number, a step. The order
// of the indices matters: k.At(1, 2) and k.At(2, 1) are unrelated streams.
func (k Key) At(index ...uint64) Key {
	for _, i := range index {
		// Key and index enter in different ways, so that they cannot be exchanged. The
		// factor is odd: multiplying by it loses no bit of the key.
		k = Key(mix(uint64(k)*golden ^ mix(i+golden)))
	}
	return k
}

// Rand opens the stream. PCG wants twice the bits that a key has, so the second half is
// derived from the first.
func (k Key) Rand() *rand.Rand { return rand.New(rand.NewPCG(uint64(k), mix(uint64(k)))) }

// Uniform returns the number in [0, 1) at position i of the stream, without opening it.
// Masks use it: elements can be drawn in any order, by any thread.
func (k Key) Uniform(i uint64) float32 {
	// 24 bits are left, which a float32 holds exactly. More would be rounded, and could
	// become 1.
	return float32(mix(uint64(k)^mix(i+golden))>>40) / (1 << 24)
}

// golden is 2^64 over the golden ratio, the increment of SplitMix64.
const golden = 0x9e3779b97f4a7c15

// mix is the output function of SplitMix64 (Steele, Lea, Flood 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
