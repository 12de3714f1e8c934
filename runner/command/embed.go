package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"montage/core"
	"montage/runner/embed"
	"montage/runner/output"
)

// embedding is one call of embed.
type embedding struct {
	*app
	out, unit string
	use
}

func (a *app) embedCommand() *cobra.Command {
	x := &embedding{app: a}
	c := &cobra.Command{
		Use: "embed RUN PATH...", Short: "Write the features of samples",
		Long: "Write the features that a run's backbone computes for samples, with their ids.\n" +
			"A PATH is a folder of frames, a folder of such folders, an image, a video or a label file.\n" +
			"At most data.frames frames of each sample are used, evenly spaced.\n" +
			"Heads train on the file where a spec has data.features and [backbone] plugin = \"features\".",
		Args: cobra.MinimumNArgs(2), RunE: ran(x.run),
	}
	c.Flags().StringVar(&x.out, "out", "", "file to write: .safetensors or .csv")
	c.Flags().StringVar(&x.unit, "unit", "sample", "what a row is of: sample (the mean of its frames) or frame")
	_ = c.MarkFlagRequired("out")
	x.use.flags(c)
	return c
}

func (x *embedding) run(ctx context.Context, args []string) error {
	if x.unit != string(core.UnitSample) && x.unit != string(core.UnitFrame) {
		return callError{fmt.Errorf("--unit %q is not sample or frame", x.unit)}
	}
	write, err := embed.Format(x.out)
	if err != nil {
		return callError{err}
	}
	if err := output.Check(x.out); err != nil { // said before the features are computed
		return callError{fmt.Errorf("--out: %w", err)}
	}
	built, _, err := x.load(ctx, x.app, args[0])
	if err != nil {
		return err
	}
	defer x.plugins.session.Close()
	set, err := x.paths(ctx, built, args[1:])
	if err != nil {
		return err
	}
	bar := x.meter("features", "samples")
	f, err := built.Predictor.Features(ctx, set, core.Unit(x.unit), bar.show)
	bar.clear()
	x.reportBroken(built)
	if err != nil {
		return interrupted(ctx, err)
	}
	if err := output.WriteTo(x.out, func(w io.Writer) error { return write(w, f) }); err != nil {
		return err
	}
	fmt.Fprintf(x.beside(x.out), "%s: %d rows of %d features\n", x.out, f.Rows.Shape[0], f.Rows.Shape[1])
	return nil
}
