package optim

// sgdRule holds the factors of one update.
type sgdRule struct {
	decay    float32
	momentum float32
	nesterov bool
	rate     float32 // minus the learning rate
}

func (c Config) sgd(lr, decay float64) sgdRule {
	return sgdRule{decay: float32(decay), momentum: float32(c.Momentum), nesterov: c.Nesterov, rate: float32(-lr)}
}

// apply updates a stretch of a parameter; velocity is nil without momentum. It starts at
// zero, and PyTorch's starts as the first gradient: that is the same, because the first
// update adds the whole gradient to zero.
func (s sgdRule) apply(param, grad, velocity []float32) {
	grad = grad[:len(param)]
	for i, p := range param {
		d := grad[i]
		if s.decay != 0 {
			d = fused(s.decay, p, d)
		}
		if velocity != nil {
			d = s.follow(d, &velocity[i])
		}
		param[i] = fused(s.rate, d, p)
	}
}

func (s sgdRule) follow(d float32, velocity *float32) float32 {
	*velocity = float32(*velocity*s.momentum) + d
	if s.nesterov {
		return fused(s.momentum, *velocity, d)
	}
	return *velocity
}
