// Command faulty is a plugin whose loss does what its option says wrong.
package main

import (
	"context"
	"fmt"
	"os"

	"montage/core"
	"montage/core/sdk"
)

func main() {
	sdk.Serve("faulty", "1.0.0", core.Component{
		Name: "faulty", Doc: "The sum of the predictions, unless an option is set.",
		Options: []core.Option{
			{Name: "fault", Type: core.TypeString, Default: "", Doc: "what to do wrong: exit at the plan, exit once, " +
				"or panic"},
			{Name: "file", Type: core.TypeString, Default: "", Doc: "where to remember it"},
		},
		Targets: []core.TargetKind{core.TargetMultiHot},
		Loss: func(v core.Values) (core.Loss, error) {
			return faulty{fault: v["fault"].(string), file: v["file"].(string)}, nil
		},
	})
}

type faulty struct{ fault, file string }

// Plan may end the process.
func (f faulty) Plan(core.LossInput) (core.LossPlan, error) {
	fmt.Fprintln(os.Stderr, `{"level":"debug","message":"asked for a plan"}`)
	if f.fault == "plan" {
		os.Exit(3)
	}
	return core.LossPlan{}, nil
}

// Evaluate may end the process, or panic.
func (f faulty) Evaluate(_ context.Context, c core.LossCall) (sum float64, err error) {
	if _, err := os.Stat(f.file); f.fault == "once" && err != nil {
		if err := os.WriteFile(f.file, nil, 0o600); err != nil {
			return 0, err
		}
		os.Exit(4)
	}
	if f.fault == "panic" {
		panic("out of ideas")
	}
	for i, v := range c.Predictions.Float32s() {
		sum += float64(v)
		if !c.GradPredictions.IsZero() {
			c.GradPredictions.Float32s()[i] = 1
		}
	}
	return sum, nil
}
