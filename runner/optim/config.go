package optim

import (
	"fmt"
	"math"
)

// The kinds of optimizer.
const (
	Adam  = "adam"  // weight decay added to the gradient
	AdamW = "adamw" // weight decay taken from the parameter itself
	LARS  = "lars"  // momentum, and rates scaled by the norms of each parameter and its gradient
	SGD   = "sgd"   // momentum optional; weight decay added to the gradient
)

// Config is the optimizer of a branch as a spec writes it. Start from [Defaults]:
// a zero here means zero.
type Config struct {
	Kind        string     // adam, adamw, lars or sgd
	LR          float64    // learning rate before the schedule, > 0
	Betas       [2]float64 // adam, adamw: decay of the moments, each in [0, 1)
	Eps         float64    // adam, adamw: added to the denominator, > 0
	WeightDecay float64    // >= 0
	Momentum    float64    // lars, sgd: in [0, 1)
	Nesterov    bool       // lars, sgd: look ahead along the momentum
	Trust       float64    // lars: length of a step as a part of the parameter's, at a rate of 1, > 0
}

// Defaults returns PyTorch's defaults of a kind, of lars those of SimCLR's code, or for an unknown kind a config
// that [Config.Validate] refuses.
func Defaults(kind string) Config {
	c := Config{Kind: kind, LR: 1e-3}
	if c.adaptive() {
		c.Betas, c.Eps = [2]float64{0.9, 0.999}, 1e-8
	}
	switch kind {
	case AdamW:
		c.WeightDecay = 1e-2
	case LARS:
		c.Momentum, c.Trust = 0.9, 1e-3
	}
	return c
}

// Validate returns everything that is wrong with the config, by key.
func (c Config) Validate() []KeyError {
	var p problems
	switch c.Kind {
	case Adam, AdamW:
		c.validateAdaptive(&p)
	case SGD, LARS:
		c.validateSGD(&p)
	default:
		p.add("kind", fmt.Sprintf("unknown optimizer %q", c.Kind), "kinds: adam, adamw, lars, sgd")
		return p
	}
	p.check(c.LR > 0 && finite(c.LR), "lr", "expected a number > 0", c.LR)
	c.validateTrust(&p)
	p.check(c.WeightDecay >= 0 && finite(c.WeightDecay), "weight_decay", "expected a number >= 0", c.WeightDecay)
	return p
}

func (c Config) validateAdaptive(p *problems) {
	for _, beta := range c.Betas {
		p.check(beta >= 0 && beta < 1, "betas", "expected two numbers in [0, 1)", beta)
	}
	// In float32 a smaller eps would be 0, and 0/0 the update of an unused weight.
	p.check(float32(c.Eps) > 0 && finite(c.Eps), "eps", "expected a number > 0 in float32", c.Eps)
	if c.Momentum != 0 {
		p.add("momentum", fmt.Sprintf("%s has no momentum", c.Kind), "its first beta plays that part")
	}
	if c.Nesterov {
		p.add("nesterov", fmt.Sprintf("%s has no nesterov", c.Kind), "only lars and sgd have")
	}
}

func (c Config) validateTrust(p *problems) {
	if c.Kind == LARS {
		p.check(c.Trust > 0 && finite(c.Trust), "trust", "expected a number > 0", c.Trust)
	} else if c.Trust != 0 {
		p.add("trust", fmt.Sprintf("%s has no trust", c.Kind), "only lars has")
	}
}

func (c Config) validateSGD(p *problems) {
	if c.Betas != [2]float64{} {
		p.add("betas", c.Kind+" has no betas", c.Kind+" has momentum, adam has betas")
	}
	if c.Eps != 0 {
		p.add("eps", c.Kind+" has no eps", "only adam and adamw have")
	}
	p.check(c.Momentum >= 0 && c.Momentum < 1, "momentum", "expected a number in [0, 1)", c.Momentum)
	if c.Nesterov && c.Momentum == 0 {
		p.add("nesterov", "nesterov without momentum", "set momentum, 0.9 is usual")
	}
}

func (c Config) adaptive() bool { return c.Kind == Adam || c.Kind == AdamW }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
