package rng

import (
	"math"
	"testing"
)

// The draws of one key are fixed: a change of the mixing would silently change
// every run that anybody made with a seed.
func TestStreamsNeverChange(t *testing.T) {
	k := New(7).Of("frames").At(3, 1)
	if k != 0x3797b8fa2abe9a85 {
		t.Errorf("key is %#x", uint64(k))
	}
	if d := k.Rand().Uint64(); d != 514281397503345734 {
		t.Errorf("first draw is %d", d)
	}
	if u := k.Uniform(5); u != 0.36555767 {
		t.Errorf("uniform is %v", u)
	}
}

func TestDerivedKeysDiffer(t *testing.T) {
	seen := map[Key]string{}
	add := func(k Key, how string) {
		if other, dup := seen[k]; dup {
			t.Errorf("%s and %s are one stream", how, other)
		}
		seen[k] = how
	}
	root := New(0)
	add(root, "root")
	add(New(1), "seed 1")
	add(root.Of("a"), "a")
	add(root.Of("b"), "b")
	add(root.Of("a").Of("b"), "a b")
	add(root.Of("b").Of("a"), "b a")
	add(root.At(0), "0")
	add(root.At(1, 2), "1 2")
	add(root.At(2, 1), "2 1")
	add(root.At(0, 0), "0 0")
}

// TestUniformIsUniform bounds the mean and the variance of many elements by five
// standard errors.
func TestUniformIsUniform(t *testing.T) {
	const n = 100000
	k, sum, squares := New(1).Of("mask"), 0.0, 0.0
	for i := range uint64(n) {
		u := float64(k.Uniform(i))
		if u < 0 || u >= 1 {
			t.Fatalf("element %d is %v", i, u)
		}
		sum += u
		squares += (u - 0.5) * (u - 0.5)
	}
	if d := math.Abs(sum/n - 0.5); d > 5*math.Sqrt(1.0/12/n) {
		t.Errorf("mean is off by %v", d)
	}
	if d := math.Abs(squares/n - 1.0/12); d > 5*math.Sqrt(1.0/180/n) {
		t.Errorf("variance is off by %v", d)
	}
}
