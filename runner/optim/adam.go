package optim

import (
	"math"

	"montage/core/spec"
)

// adamRule holds the factors of one update, computed in float64 and rounded to
// float32 once, as PyTorch does.
type adamRule struct {
	coupled    float32 // weight decay added to the gradient (adam)
	shrink     float32 // factor on the parameter (adamw), 1 for none
	beta1      float32
	rest1      float32 // 1 - beta1
	beta2      float32
	rest2      float32 // 1 - beta2
	correction float32 // square root of the second moment's bias correction
	eps        float32
	rate       float32 // minus the learning rate over the first bias correction
}

func (c Config) adam(lr, decay, step float64) adamRule {
	beta1, beta2 := c.Betas[0], c.Betas[1]
	rule := adamRule{
		shrink:     1,
		beta1:      float32(beta1),
		rest1:      float32(1 - beta1),
		beta2:      float32(beta2),
		rest2:      float32(1 - beta2),
		correction: float32(math.Sqrt(1 - math.Pow(beta2, step))),
		eps:        float32(c.Eps),
		rate:       float32(-(lr / (1 - math.Pow(beta1, step)))),
	}
	if c.Kind == spec.AdamW {
		rule.shrink = float32(1 - float64(lr*decay))
	} else {
		rule.coupled = float32(decay)
	}
	return rule
}

// moments are exp_avg and exp_avg_sq of a stretch of a parameter.
type moments struct{ first, second []float32 }

// apply updates a stretch of a parameter.
func (a adamRule) apply(param, grad []float32, state moments) {
	grad, first, second := grad[:len(param)], state.first[:len(param)], state.second[:len(param)]
	for i, p := range param {
		g := grad[i]
		if a.coupled != 0 {
			g = fused(a.coupled, p, g)
		}
		p *= a.shrink
		m := fused(a.rest1, g, first[i]*a.beta1)
		v := fused(a.rest2*g, g, second[i]*a.beta2)
		denominator := float32(math.Sqrt(float64(v)))/a.correction + a.eps
		first[i], second[i] = m, v
		param[i] = p + a.rate*m/denominator
	}
}
