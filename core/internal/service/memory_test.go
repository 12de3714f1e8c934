package service

import (
	"errors"
	"math"
	"testing"

	"montage/core"
	"montage/core/shm"
	"montage/core/wire/pb"
)

func testMemory(t testing.TB) *mappings {
	t.Helper()
	m := &mappings{}
	for _, s := range []**shm.Segment{&m.state, &m.work} {
		made, err := shm.Create("test", shm.ReadWrite)
		if err != nil {
			t.Fatal(err)
		}
		if err := made.Grow(4096); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = made.Close() })
		*s = made
	}
	return m
}

// A reference that is accepted is one whose bytes can be touched.
func FuzzReference(f *testing.F) {
	m := testMemory(f)
	f.Add(int32(2), uint64(0), int64(4), int64(4), int32(1), true)
	f.Add(int32(1), uint64(math.MaxUint64-63), int64(1<<40), int64(1<<40), int32(257), false)
	f.Add(int32(0), uint64(0), int64(0), int64(1<<60), int32(2), false)
	f.Fuzz(func(t *testing.T, segment int32, offset uint64, a, b int64, dtype int32, write bool) {
		r := &references{memory: m}
		x := r.tensor("x", &pb.Tensor{Segment: pb.Segment(segment), Offset: offset, Shape: []int64{a, b},
			Dtype: pb.DType(dtype)}, write)
		if r.err != nil {
			if !errors.Is(r.err, core.ErrShape) || x.Len() != 0 {
				t.Errorf("%v with %v", r.err, x)
			}
			return
		}
		for i := range x.Bytes() {
			x.Bytes()[i] = 1
		}
		if write && pb.Segment(segment) == pb.Segment_SEGMENT_STATE && x.Len() > 0 {
			t.Error("the state was given to be written")
		}
	})
}

func TestTensorsBeforeTheMemoryAreNotPlanned(t *testing.T) {
	r := &references{}
	if r.read("frames", &pb.Tensor{Segment: 2, Shape: []int64{1}, Dtype: 2}); !errors.Is(r.err, core.ErrNotPlanned) {
		t.Error(r.err)
	}
}
