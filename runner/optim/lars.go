package optim

import "math"

// larsRule holds the factors of one update of one parameter.
//
// Source: You, Gitman, Ginsburg, "Large Batch Training of Convolutional Networks",
// 2017 (arXiv:1708.03888), algorithm 1, as SimCLR's published code has it: the
// gradient with its weight decay is scaled by trust·|w|/|g|, and the momentum
// accumulates scaled updates, not gradients. Parameters exempt from weight decay are not scaled.
type larsRule struct {
	decay    float32
	momentum float32
	nesterov bool
	rate     float32 // the learning rate, scaled
}

func (c Config) lars(lr float64, s *parameterState, param, grad []float32) larsRule {
	rule := larsRule{decay: float32(s.decaying), momentum: float32(c.Momentum), nesterov: c.Nesterov, rate: float32(lr)}
	if s.param.NoDecay {
		return rule
	}
	w := norm(param, func(i int) float32 { return param[i] })
	g := norm(param, func(i int) float32 { return rule.gradient(param[i], grad[i]) })
	if w > 0 && g > 0 {
		rule.rate = float32(float64(lr*c.Trust) * (w / g))
	}
	return rule
}

// gradient returns the gradient of the loss with its weight decay.
func (l larsRule) gradient(p, g float32) float32 {
	if l.decay == 0 {
		return g
	}
	return fused(l.decay, p, g)
}

// apply updates a stretch of a parameter.
func (l larsRule) apply(param, grad, velocity []float32) {
	grad, velocity = grad[:len(param)], velocity[:len(param)]
	for i, p := range param {
		d := l.gradient(p, grad[i])
		v := fused(l.rate, d, velocity[i]*l.momentum)
		velocity[i] = v
		if l.nesterov {
			v = fused(l.rate, d, v*l.momentum)
		}
		param[i] = p - v
	}
}

// norm returns the Euclidean norm of numbers that at computes on demand. Chunks are added
// in their order, so that the number of threads does not change the sum.
func norm(like []float32, at func(int) float32) float64 {
	sums := make([]float64, (len(like)+chunk-1)/chunk)
	inChunks(len(like), func(from, to int) {
		for start := from; start < to; start += chunk {
			sum := 0.0
			for i := start; i < min(start+chunk, to); i++ {
				x := float64(at(i))
				sum += float64(x * x)
			}
			sums[start/chunk] = sum
		}
	})
	total := 0.0
	for _, s := range sums {
		total += s
	}
	return math.Sqrt(total)
}
