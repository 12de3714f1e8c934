package command

import (
	"github.com/spf13/cobra"

	"montage/registry/clock"
	"montage/runner/trace"
)

// traceFlag adds the flag --trace.
func (p *plugins) traceFlag(c *cobra.Command) {
	c.Flags().StringVar(&p.trace, "trace", "",
		"write every call of a plugin to this file, for chrome://tracing or ui.perfetto.dev")
}

// tracing begins the trace, if one was asked for.
func (p *plugins) tracing() (*trace.Writer, error) {
	if p.trace == "" {
		return nil, nil
	}
	w, err := trace.Create(p.trace)
	if err != nil {
		return nil, callError{err}
	}
	if p.clock == nil {
		p.clock = &clock.Clock{}
	}
	p.clock.Watch = w.Watch
	return w, nil
}
