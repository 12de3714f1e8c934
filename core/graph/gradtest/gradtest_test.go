package gradtest_test

import (
	"fmt"
	"strings"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/graph/gradtest"
	"montage/core/tensor"
)

// recorder is a test that only takes note of its failure.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper()           {}
func (r *recorder) Error(args ...any) { r.failures = append(r.failures, fmt.Sprint(args...)) }
func (r *recorder) Fatal(args ...any) { r.Error(args...); panic(r) }
func (r *recorder) Errorf(format string, args ...any) {
	r.Error(fmt.Sprintf(format, args...))
}

// check returns what Check says of an operator on x, of 6 numbers.
func check(t *testing.T, op graph.Op) string {
	r := &recorder{TB: t}
	func() {
		defer func() {
			if e := recover(); e != nil && e != any(r) {
				panic(e)
			}
		}()
		gradtest.Check(r, gradtest.Case{
			Limits:         map[string]int{"R": 6},
			InputGradients: []string{"x"},
			Build: func(b *graph.Builder) {
				b.Output("y", graph.Apply(op, b.Input("x", tensor.Float32, graph.Sym("R"))))
			},
			Inputs: []tensor.Tensor{tensor.FromFloat32([]float32{0.5, -1, 2, 3, -0.25, 1})},
		})
	}()
	return strings.Join(r.failures, "\n")
}

func cube() graph.Op {
	return graph.Op{
		Name:   "cube",
		NeedIn: []int{0},
		Shape:  func(in []graph.Shape) (graph.Shape, error) { return in[0], nil },
		Forward: func(c *graph.Call) error {
			for i, v := range c.In[0].Float32s() {
				c.Out.Float32s()[i] = v * v * v
			}
			return nil
		},
		Backward: func(c *graph.Call) error {
			for i, v := range c.In[0].Float32s() {
				c.Grads[0].Float32s()[i] = 3 * v * v * c.Grad.Float32s()[i]
			}
			return nil
		},
	}
}

func TestCheckAcceptsRightGradients(t *testing.T) {
	if said := check(t, cube()); said != "" {
		t.Error(said)
	}
}

func TestCheckFindsMistakes(t *testing.T) {
	calls := 0
	for name, c := range map[string]struct {
		spoil func(*graph.Op)
		want  string
	}{
		"factor": {func(op *graph.Op) {
			op.Backward = func(c *graph.Call) error {
				for i, v := range c.In[0].Float32s() {
					c.Grads[0].Float32s()[i] = 2.9 * v * v * c.Grad.Float32s()[i]
				}
				return nil
			}
		}, "differences say"},
		"one element": {func(op *graph.Op) {
			right := op.Backward
			op.Backward = func(c *graph.Call) error {
				err := right(c)
				c.Grads[0].Float32s()[2] *= -1
				return err
			}
		}, "along element 2"},
		"not written": {func(op *graph.Op) {
			op.Backward = func(c *graph.Call) error { clear(c.Grads[0].Float32s()[1:]); return nil }
		}, "cube#0 backward: element 0"},
		"input not declared as needed": {func(op *graph.Op) { op.NeedIn = nil }, "element 0"},
		"not repeatable": {func(op *graph.Op) {
			right := op.Backward
			op.Backward = func(c *graph.Call) error {
				err := right(c)
				calls++
				c.Grads[0].Float32s()[0] += float32(calls) / 1e4
				return err
			}
		}, "two runs"},
		"steps": {func(op *graph.Op) {
			op.Forward = func(c *graph.Call) error {
				for i, v := range c.In[0].Float32s() {
					c.Out.Float32s()[i] = max(0, 1e4*v-5000) // a kink at 0.5, near no other number
				}
				return nil
			}
			op.Backward = func(c *graph.Call) error { clear(c.Grads[0].Float32s()); return nil }
		}, "gradient of input x"},
	} {
		t.Run(name, func(t *testing.T) {
			op := cube()
			c.spoil(&op)
			if said := check(t, op); !strings.Contains(said, c.want) {
				t.Errorf("expected a failure with %q, seen %q", c.want, said)
			}
		})
	}
}

func TestCheckWantsSomethingToCheck(t *testing.T) {
	r := &recorder{TB: t}
	func() {
		defer func() { _ = recover() }()
		gradtest.Check(r, gradtest.Case{Build: func(b *graph.Builder) {
			b.Output("y", b.Param(core.Param{Name: "w", Shape: []int{2}, Frozen: true}))
		}})
	}()
	if len(r.failures) == 0 {
		t.Error("a check of nothing passed")
	}
}
