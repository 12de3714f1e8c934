package plan

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"montage/core/spec"
)

// WriteText writes the plan for people.
func (p Plan) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) }
	line("plan of " + p.Name + fmt.Sprintf(" (seed %d)", p.Seed))
	line(fmt.Sprintf("data: %s labelled, %s unlabelled, %s test samples, %d classes", Thousands(p.Data.Labeled),
		Thousands(p.Data.Unlabeled), Thousands(p.Data.Test), p.Data.Classes))
	for _, found := range p.Found {
		line("found: " + found)
	}
	p.writeClasses(line)
	line("")
	line("STAGE", "PLUGIN", "OUTPUT", "PARAMETERS", "TRAINABLE", "FROZEN")
	p.Backbone.write(line)
	for _, b := range p.Branches {
		for _, h := range b.Heads {
			h.write(line)
		}
	}
	line("")
	line("strategy " + p.Strategy + " gives these branches and phases their names")
	p.writeBranches(line)
	line("")
	for _, ph := range p.Phases {
		line(fmt.Sprintf("phase %s: %s", ph.Name, ph.Doc))
		line("", fmt.Sprintf("%d epochs of %d steps, %d in all; branches %s; optimizers %s", ph.Epochs,
			ph.StepsPerEpoch, ph.Steps, strings.Join(ph.Branches, ", "), strings.Join(ph.Optimizers, ", ")))
	}
	line("")
	m := p.Memory
	line(fmt.Sprintf("memory: %s (parameters %s, batches %s, plugins %s, frame cache %s at most)", Bytes(m.Total),
		Bytes(m.State), Bytes(m.Work), Bytes(m.Plugins), Bytes(m.Cache)))
	if c := p.Frames; c != nil {
		line(fmt.Sprintf("frame cache on disk: %s a frame; all %s frames take %s, at most %s in %s", Bytes(c.Frame),
			Thousands(c.Frames), Bytes(c.Frame*int64(c.Frames)), Bytes(c.Limit), c.Dir))
	}
	if c := p.Prefix; c != nil {
		line(fmt.Sprintf("feature cache: %s a frame, %s; all %s maps of variants = %d take %s, at most %s in %s",
			Bytes(c.Frame), c.Output,
			Thousands(c.Maps), c.Variants, Bytes(c.Frame*int64(c.Maps)), Bytes(c.Limit), c.Dir))
	}
	line("")
	line("PROCESS", "VERSION", "PID")
	for _, pr := range p.Processes {
		line(pr.Name, pr.Version, strconv.Itoa(pr.PID))
	}
	for _, warning := range p.Warnings {
		line("")
		line("warning: " + warning)
	}
	return t.Flush()
}

// listed is how many classes are printed; of more, the first and the last.
const listed = 30

func (p Plan) writeClasses(line func(...string)) {
	supports := p.Data.Supports
	if len(supports) == 0 {
		return
	}
	line("")
	title := []string{"CLASS", "LABELLED", "VALID", "TEST"}
	for _, b := range p.Branches {
		if b.ClassWeights != nil {
			title = append(title, "WEIGHT IN "+b.Name)
		}
	}
	line(title...)
	for i, c := range supports {
		if rest := len(supports) - listed; rest > 0 && i >= listed/2 && i < len(supports)-listed/2 {
			if i == listed/2 {
				line(fmt.Sprintf("… %d more", rest))
			}
			continue
		}
		cells := []string{c.Class, Thousands(c.Labeled), Thousands(c.Valid), Thousands(c.Test)}
		for _, b := range p.Branches {
			if b.ClassWeights != nil {
				cells = append(cells, fmt.Sprintf("%.4g", b.ClassWeights[i]))
			}
		}
		line(cells...)
	}
}

// weights says between which classes the weights of a branch lie.
func (p Plan) weights(b BranchSummary) string {
	least := slices.Index(b.ClassWeights, slices.Min(b.ClassWeights))
	most := slices.Index(b.ClassWeights, slices.Max(b.ClassWeights))
	return fmt.Sprintf("weigh from %.4g (%s) to %.4g (%s) in the loss", b.ClassWeights[least],
		p.Data.Supports[least].Class, b.ClassWeights[most], p.Data.Supports[most].Class)
}

func (p Plan) writeBranches(line func(...string)) {
	for _, b := range p.Branches {
		line("branch " + b.Name + ": " + b.Doc)
		line("  data", fmt.Sprintf("%s %s samples, %d a step, a row for each %s", Thousands(b.Samples), b.Source,
			b.Batch, b.Unit))
		if b.Sampler == spec.BalancedSampler {
			line("  sampler", "draws the classes in turn, and a sample of each")
		}
		line("  views", strings.Join(b.Views, "; "))
		line("  augment", orNone(strings.Join(b.Augment, ", ")))
		if b.SharesHeadsThrough != "" {
			line("  heads", fmt.Sprintf("those of branch %s through %s, then its own", b.SharesHeadsOf,
				b.SharesHeadsThrough))
		} else if b.SharesHeadsOf != "" {
			line("  heads", "those of branch "+b.SharesHeadsOf)
		}
		line("  loss", fmt.Sprintf("%s, target %s, weight %g", b.Loss, b.Target, b.Weight))
		if len(b.ClassWeights) > 0 {
			line("  classes", p.weights(b))
		}
		line("  optimizer", b.Optimizer)
	}
}

func (l ModuleSummary) write(line func(...string)) {
	line(l.Name, l.Plugin, l.Output, Thousands(l.Params), Thousands(l.Trainable), Thousands(l.Frozen))
	for _, s := range l.Stages {
		line("  "+s.Name, "", s.Output, Thousands(s.Params), Thousands(s.Trainable), Thousands(s.Params-s.Trainable))
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Thousands writes a number with commas.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Bytes writes a size in the largest unit that keeps it above one.
func Bytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, u := float64(n), 0
	for v >= 1024 && u < len(units)-1 {
		v, u = v/1024, u+1
	}
	if u == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[u])
}
