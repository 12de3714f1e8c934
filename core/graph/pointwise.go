package graph

import (
	"fmt"
	"math"

	"montage/core/internal/ir"
	"montage/core/parallel"
)

// Elementwise operators of one node. All take float32 of any shape and return
// the same shape.

// ReLU returns max(x, 0) for x of any shape. Its gradient at 0 is 0.
func ReLU(x *Node) *Node {
	return pointwise{name: "relu", needOut: true, forward: reluForward, backward: reluBackward,
		role: ir.Rectifier{}}.apply(x)
}

// Neg returns -x for x of any shape.
func Neg(x *Node) *Node { return Scale(x, -1) }

// Scale returns k·x for x of any shape.
func Scale(x *Node, k float32) *Node {
	return elementwise(x, "scale",
		func(v float32) float32 { return k * v },
		func(_, dy float32) float32 { return k * dy })
}

// AddScalar returns x + k for x of any shape.
func AddScalar(x *Node, k float32) *Node {
	return elementwise(x, "add_scalar",
		func(v float32) float32 { return v + k },
		func(_, dy float32) float32 { return dy })
}

// Exp returns eˣ for x of any shape.
func Exp(x *Node) *Node {
	return ofResult(x, "exp", exp, func(y, dy float32) float32 { return dy * y })
}

// Log returns the natural logarithm of x of any shape. It needs x > 0. At 0 it is -Inf.
// Where x may vanish, ClampMin before it keeps both directions finite.
func Log(x *Node) *Node {
	return elementwise(x, "log",
		func(v float32) float32 { return float32(math.Log(float64(v))) },
		func(v, dy float32) float32 { return dy / v })
}

// Sqrt returns the square root of x of any shape. Its gradient needs x > 0. At 0 the
// gradient is infinite, or NaN where dy is 0.
func Sqrt(x *Node) *Node {
	return ofResult(x, "sqrt",
		func(v float32) float32 { return float32(math.Sqrt(float64(v))) },
		func(y, dy float32) float32 { return dy / (2 * y) })
}

// Square returns x² for x of any shape.
func Square(x *Node) *Node {
	return elementwise(x, "square",
		func(v float32) float32 { return v * v },
		func(v, dy float32) float32 { return 2 * v * dy })
}

// Pow returns x to a constant power p, for x of any shape. It needs x >= 0 or an integer p.
// The power 0 is 1 everywhere and has the gradient 0 everywhere.
func Pow(x *Node, p float64) *Node {
	return elementwise(x, "pow",
		func(v float32) float32 { return float32(math.Pow(float64(v), p)) },
		func(v, dy float32) float32 {
			if p == 0 {
				return 0 // and not 0·∞ at x = 0
			}
			return dy * float32(p*math.Pow(float64(v), p-1))
		})
}

// Sigmoid returns 1/(1+e⁻ˣ), from 0 to 1, for logits x of any shape.
func Sigmoid(x *Node) *Node {
	return ofResult(x, "sigmoid", sigmoid, func(y, dy float32) float32 { return dy * y * (1 - y) })
}

// LogSigmoid returns log(1/(1+e⁻ˣ)) for logits x of any shape. It is computed as -log(1+e⁻ˣ), which
// neither overflows nor takes the logarithm of 0, so it is exact for every logit. Log of
// Sigmoid would be -Inf from about -104 down, where float32 has no smaller number.
func LogSigmoid(x *Node) *Node {
	return elementwise(x, "log_sigmoid",
		func(v float32) float32 { return -softplus(-v) },
		func(v, dy float32) float32 { return dy * sigmoid(-v) })
}

// Softplus returns log(1+eˣ) for x of any shape. It is exact for every x.
func Softplus(x *Node) *Node {
	return elementwise(x, "softplus", softplus,
		func(v, dy float32) float32 { return dy * sigmoid(v) })
}

// ClampMin returns max(x, low) for x of any shape. The gradient passes where x >= low.
func ClampMin(x *Node, low float32) *Node {
	return elementwise(x, "clamp_min",
		func(v float32) float32 { return max(v, low) },
		func(v, dy float32) float32 {
			if v >= low {
				return dy
			}
			return 0
		})
}

// Abs returns |x| for x of any shape. Its gradient at 0 is 0.
func Abs(x *Node) *Node {
	return elementwise(x, "abs",
		func(v float32) float32 { return max(v, -v) },
		func(v, dy float32) float32 {
			switch {
			case v > 0:
				return dy
			case v < 0:
				return -dy
			}
			return 0
		})
}

// Tanh returns the hyperbolic tangent of x of any shape, from -1 to 1.
func Tanh(x *Node) *Node {
	return ofResult(x, "tanh",
		func(v float32) float32 { return float32(math.Tanh(float64(v))) },
		func(y, dy float32) float32 { return dy * (1 - y*y) })
}

// In double precision and rounded once.
func exp(v float32) float32 { return float32(math.Exp(float64(v))) }

// e⁻ᵛ may become +Inf, and 1/(1+Inf) is the 0 that is right.
func sigmoid(v float32) float32 { return float32(1 / (1 + math.Exp(-float64(v)))) }

// The exponent is never positive, so nothing overflows. Log1p keeps the digits of a small
// eˣ that 1+eˣ would lose.
func softplus(v float32) float32 {
	return max(v, 0) + float32(math.Log1p(math.Exp(-math.Abs(float64(v)))))
}

func reluForward(y, x []float32) {
	for i, v := range x {
		y[i] = max(v, 0)
	}
}

// reluBackward reads what reluForward wrote, which is 0 in one way only. The
// comparison of integers compiles to a conditional move, where one of numbers would
// be a branch that is taken at random.
func reluBackward(dx, y, dy []float32) {
	// With equal lengths the compiler can drop the checks of bounds in the loop.
	dx, dy = dx[:len(y)], dy[:len(y)]
	for i, v := range y {
		d := math.Float32bits(dy[i])
		if math.Float32bits(v) == 0 {
			d = 0
		}
		dx[i] = math.Float32frombits(d)
	}
}

// pointwise is an operator on every element by itself. Backward reads, beside
// dy, the result (needOut) or else the input.
type pointwise struct {
	name     string
	needOut  bool
	forward  func(y, x []float32)
	backward func(dx, v, dy []float32)
	role     any
}

// elementwise makes an operator from a function and its derivative by x.
func elementwise(x *Node, name string, f func(x float32) float32, d func(x, dy float32) float32) *Node {
	return scalar(name, f, d).apply(x)
}

// ofResult is elementwise where the derivative is simpler in terms of the result.
func ofResult(x *Node, name string, f func(x float32) float32, d func(y, dy float32) float32) *Node {
	p := scalar(name, f, d)
	p.needOut = true
	return p.apply(x)
}

func scalar(name string, f func(float32) float32, d func(v, dy float32) float32) pointwise {
	return pointwise{
		name: name,
		forward: func(y, x []float32) {
			for i, v := range x {
				y[i] = f(v)
			}
		},
		backward: func(dx, v, dy []float32) {
			for i := range dx {
				dx[i] = d(v[i], dy[i])
			}
		},
	}
}

func (p pointwise) apply(x *Node) *Node {
	op := ir.Operator{Name: p.name, Shape: sameShape, NeedOut: p.needOut, Rowwise: true,
		Role: p.role, Framewise: true, Overwrites: []int{0}, InPlace: true}
	// Either the input or the result is kept for Backward, and never both.
	if !p.needOut {
		op.NeedIn = []int{0}
	}
	op.Forward = func(c *ir.Call) error {
		y, x := c.Out.Float32s(), c.In[0].Float32s()
		chunks(c, len(y), func(lo, hi int) { p.forward(y[lo:hi], x[lo:hi]) })
		return nil
	}
	op.Backward = func(c *ir.Call) error {
		dx, v, dy := c.Grads[0].Float32s(), c.In[0].Float32s(), c.Grad.Float32s()
		if p.needOut {
			v = c.Out.Float32s()
		}
		// What was not kept has a shape and no numbers.
		if len(v) != len(dx) {
			return fmt.Errorf("expected %d kept values, seen %d", len(dx), len(v))
		}
		inChunks(len(dx), func(lo, hi int) { p.backward(dx[lo:hi], v[lo:hi], dy[lo:hi]) })
		return nil
	}
	return apply(op, x)
}

// chunks is inChunks, or one call where only this thread may be used. Every element stands
// by itself, so the division changes no bit.
func chunks(c *ir.Call, n int, f func(lo, hi int)) {
	if c.Serial {
		f(0, n)
		return
	}
	inChunks(n, f)
}

// parts calls f for 0 to n where it may use all threads, and otherwise for parts
// that are too small for it to use more than one. It is for kernels that divide their work
// among threads themselves.
func parts(c *ir.Call, n, part int, f func(lo, hi int)) {
	if !c.Serial {
		f(0, n)
		return
	}
	for lo := 0; lo < n; lo += part {
		f(lo, min(n, lo+part))
	}
}

// chunk is how many elements one goroutine takes at a time.
const chunk = 1 << 14

// inChunks calls f for ranges that together cover 0 to n.
func inChunks(n int, f func(lo, hi int)) { parallel.Chunks(n, chunk, f) }
