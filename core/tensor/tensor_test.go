package tensor

import (
	"math"
	"testing"
)

func TestElementsRefusesWhatNoMachineHolds(t *testing.T) {
	for _, shape := range [][]int{{-1}, {2, -3}, {math.MaxInt, 2}, {1 << 24, 1 << 24}, {math.MaxInt, math.MaxInt, 0}} {
		if n, err := Elements(shape); err == nil {
			t.Errorf("%v has %d elements", shape, n)
		}
	}
	if n, err := Elements([]int{3, 0, 5}); n != 0 || err != nil {
		t.Errorf("an empty tensor has %d elements, %v", n, err)
	}
	if n, err := Elements(nil); n != 1 || err != nil {
		t.Errorf("a scalar has %d elements, %v", n, err)
	}
}

func TestViewChecksItsMemory(t *testing.T) {
	memory := New(Uint64, 4).Bytes()
	if _, err := View(memory, Float32, 2, 4); err != nil {
		t.Errorf("fitting view: %v", err)
	}
	for name, view := range map[string]func() (Tensor, error){
		"too short":     func() (Tensor, error) { return View(memory, Float32, 2, 5) },
		"too long":      func() (Tensor, error) { return View(memory, Float32, 2, 3) },
		"misaligned":    func() (Tensor, error) { return View(memory[1:29], Float32, 7) },
		"unknown dtype": func() (Tensor, error) { return View(memory, DType(9), 8) },
	} {
		if v, err := view(); err == nil {
			t.Errorf("%s: got %v", name, v)
		}
	}
}

func TestAccessorsShareMemory(t *testing.T) {
	values := []float32{1, 2, 3, 4, 5, 6}
	x := FromFloat32(values, 2, 3)
	x.Float32s()[4] = 9
	if values[4] != 9 {
		t.Error("FromFloat32 copied")
	}
	if x.String() != "float32[2 3]" || x.Len() != 6 || len(x.Bytes()) != 24 {
		t.Errorf("%v has %d elements in %d bytes", x, x.Len(), len(x.Bytes()))
	}
	var none Tensor
	if !none.IsZero() || none.Len() != 0 || New(Uint8, 0).IsZero() {
		t.Error("absent and empty tensors are confused")
	}
}

func TestRowsShareMemory(t *testing.T) {
	x := FromInt32([]int32{0, 1, 2, 3, 4, 5}, 3, 2)
	middle := x.Rows(1, 3)
	if middle.Shape[0] != 2 || middle.Shape[1] != 2 || middle.Int32s()[0] != 2 || middle.Len() != 4 {
		t.Fatalf("rows 1 to 3 are %v %v", middle, middle.Int32s())
	}
	middle.Int32s()[3] = 9
	if x.Int32s()[5] != 9 {
		t.Error("rows are a copy")
	}
	if all := x.Rows(0, 3); !Same(all, x) || &all.Int32s()[0] != &x.Int32s()[0] {
		t.Errorf("all rows are %v", all)
	}
	if none := x.Rows(2, 2); none.IsZero() || none.Len() != 0 {
		t.Errorf("no rows are %v", none)
	}
	if !(Tensor{}).Rows(0, 4).IsZero() {
		t.Error("the absent tensor has rows")
	}
	for _, wrong := range [][2]int{{-1, 1}, {2, 1}, {0, 4}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("rows %v are there", wrong)
				}
			}()
			x.Rows(wrong[0], wrong[1])
		}()
	}
}
