package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"montage/runner/synth"
)

func (a *app) synthCommand() *cobra.Command {
	config := synth.Default()
	c := &cobra.Command{Use: "synth DIR", Short: "Write a synthetic trailer data set of real JPEG files",
		Args: cobra.ExactArgs(1)}
	f := c.Flags()
	f.IntVar(&config.Train, "train", config.Train, "labelled trailers for training")
	f.IntVar(&config.Test, "test", config.Test, "labelled trailers for testing")
	f.IntVar(&config.Unlabeled, "unlabeled", config.Unlabeled, "trailers without labels")
	f.IntVar(&config.Classes, "classes", config.Classes, "genres")
	f.Uint64Var(&config.Seed, "seed", config.Seed, "seed: equal calls write equal bytes")
	f.IntVar(&config.MinFrames, "min-frames", config.MinFrames, "fewest frames of a trailer")
	f.IntVar(&config.MaxFrames, "max-frames", config.MaxFrames, "most frames of a trailer")
	f.IntVar(&config.Size, "size", config.Size, "longest side of a frame, in pixels")
	c.RunE = ran(func(ctx context.Context, args []string) error {
		bar := a.meter("drawing", "frames")
		config.Dir, config.Progress = args[0], bar.show
		err := synth.Write(ctx, config)
		bar.clear()
		if err != nil {
			return interrupted(ctx, err)
		}
		fmt.Fprintf(a.Stdout, "%s: %d labelled, %d test and %d unlabelled trailers of %d genres\n", config.Dir,
			config.Train, config.Test, config.Unlabeled, config.Classes)
		return nil
	})
	return c
}
