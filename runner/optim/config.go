package optim

import "montage/core/spec"

// Config is the optimizer of a branch as [spec.Load] returns it, with all defaults and
// within its ranges: core/spec declares both. A zero here means zero.
type Config spec.OptimizerTable

func (c Config) adaptive() bool { return c.Kind == spec.Adam || c.Kind == spec.AdamW }

// known reports whether there is a rule for the kind.
func (c Config) known() bool { return c.adaptive() || c.Kind == spec.LARS || c.Kind == spec.SGD }
