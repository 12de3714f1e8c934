package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"montage/core/spec"
	"montage/runner/audit"
	"montage/runner/data"
	"montage/runner/layout"
	"montage/runner/output"
	"montage/runner/picture"
)

// dataCheck is one call of data check.
type dataCheck struct {
	*app
	sets   []string
	asJSON bool
	out    string
}

func (a *app) dataCheckCommand() *cobra.Command {
	x := &dataCheck{app: a}
	c := &cobra.Command{
		Use: "check SPEC", Short: "Decode all files of a spec's data sets, and look for copies and leaks",
		Long: "Decode all files of a spec's data sets. Print leaks (samples of data.test or data.valid that are in\n" +
			"another data set, by id, file, bytes or looks), files that do not decode, duplicates, and counts.\n" +
			"Pictures that were encoded again, resized, mirrored, a little cropped or made brighter look the same.\n" +
			"The exit status is 1 if there are leaks or unreadable files.",
		Args: cobra.ExactArgs(1), RunE: ran(x.run),
	}
	c.Flags().StringArrayVarP(&x.sets, "set", "s", nil, "override a key of the spec: -s data.test=other/test.csv")
	c.Flags().BoolVar(&x.asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&x.out, "out", "", "file for all findings, as JSON")
	return c
}

func (x *dataCheck) run(ctx context.Context, args []string) error {
	if x.out != "" {
		if err := output.Check(x.out); err != nil { // said before the files are decoded
			return callError{fmt.Errorf("--out: %w", err)}
		}
	}
	s, problems := spec.Load(args[0], x.sets)
	if err := problems.Err(); err != nil {
		return err
	}
	found, err := x.check(ctx, s)
	if err != nil {
		return interrupted(ctx, err)
	}
	if err := x.write(found); err != nil {
		return err
	}
	return found.Err()
}

// check opens the data sets and checks them. What cannot be read is found and does not end the check.
func (x *dataCheck) check(ctx context.Context, s *spec.Spec) (*audit.Findings, error) {
	background, err := picture.ParseBackground(s.Data.Background)
	if err != nil {
		return nil, s.At("data.background", err)
	}
	table := s.Data
	table.OnError = string(data.Skip)
	l := layout.New(table)
	reading := x.reading()
	defer reading.clear()
	l.Progress, l.VideoProgress = reading.sample, reading.video
	c := audit.Config{Sets: map[layout.Role]*data.Dataset{}, Background: background}
	if c.Classes, err = l.Classes(ctx); err != nil {
		return nil, err
	}
	for _, role := range layout.Roles {
		set, err := l.Open(ctx, role, c.Classes)
		if err != nil {
			return nil, err
		}
		if set != nil {
			c.Sets[role] = set
		}
	}
	reading.clear()
	decoding := x.meter("checking", "files")
	defer decoding.clear()
	c.Progress = decoding.show
	found, err := audit.Check(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, w := range l.Warnings {
		found.Warnings = append(found.Warnings, w.String())
	}
	return found, nil
}

func (x *dataCheck) write(found *audit.Findings) error {
	asJSON := func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(found)
	}
	if x.out != "" {
		if err := output.WriteTo(x.out, asJSON); err != nil {
			return err
		}
	}
	if x.asJSON {
		return asJSON(x.Stdout)
	}
	return found.WriteText(x.beside(x.out))
}
