package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"

	"github.com/spf13/cobra"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/output"
	"montage/runner/pipeline"
	"montage/runner/preview"
)

// previewing is one call of preview.
type previewing struct {
	*app
	sets   []string
	out    string
	limits preview.Limits
	plugins
}

func (a *app) previewCommand() *cobra.Command {
	x := &previewing{app: a}
	c := &cobra.Command{
		Use: "preview SPEC --out FILE.png", Short: "Draw what each branch sees: frames, their views and targets",
		Long: "Prepare the first batch of each phase, as training would. Draw its frames, the views that\n" +
			"augmentations and the strategy make of them, and the targets, as one PNG.",
		Args: cobra.ExactArgs(1), RunE: ran(x.run),
	}
	f := c.Flags()
	f.StringVar(&x.out, "out", "", "the PNG file to write")
	f.IntVar(&x.limits.Samples, "samples", 4, "samples of each branch to show")
	f.IntVar(&x.limits.Frames, "frames", 2, "frames of each sample to show")
	f.StringArrayVarP(&x.sets, "set", "s", nil, "override a key of the spec: -s seed=8")
	x.plugins.flags(c)
	return c
}

func (x *previewing) run(ctx context.Context, args []string) error {
	if x.out == "" {
		return callError{hint.With(errors.New("no file to draw into"), "--out preview.png")}
	}
	if x.limits.Samples < 1 || x.limits.Frames < 1 {
		return callError{fmt.Errorf("--samples %d and --frames %d must be at least 1", x.limits.Samples,
			x.limits.Frames)}
	}
	if err := output.Check(x.out); err != nil {
		return callError{fmt.Errorf("--out: %w", err)}
	}
	s, problems := spec.Load(args[0], x.sets)
	if err := problems.Err(); err != nil {
		return err
	}
	session, err := x.plugins.open(ctx, x.app)
	if err != nil {
		return err
	}
	defer session.Close()
	bar := x.reading()
	built, err := pipeline.New(ctx, pipeline.Config{Spec: s, Plugins: session, Log: x.log, Progress: bar.sample,
		VideoProgress: bar.video})
	bar.clear()
	if err == nil {
		err = built.Build()
	}
	if err != nil {
		return interrupted(ctx, err)
	}
	for _, w := range built.Warnings {
		x.log.Warn().Msg(hint.Text(w))
	}
	sheet, err := preview.New(ctx, built, x.limits)
	x.reportBroken(built)
	if err != nil {
		return interrupted(ctx, err)
	}
	return x.write(sheet)
}

func (x *previewing) write(sheet *preview.Sheet) error {
	picture, err := sheet.Draw()
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		return fmt.Errorf("encode the sheet: %w", err)
	}
	if err := output.Write(x.out, file.Bytes()); err != nil {
		return err
	}
	lines := 0
	for _, s := range sheet.Sections {
		lines += len(s.Lines)
	}
	fmt.Fprintf(x.beside(x.out), "%s: %d branches, %d frames, %d×%d pixels\n", x.out, len(sheet.Sections), lines,
		picture.Rect.Dx(), picture.Rect.Dy())
	return nil
}
