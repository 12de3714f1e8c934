package bench

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"montage/runner/plan"
)

// titles are the groups' names for people.
var titles = map[string]string{
	Data: "waiting for data", FrozenPrefix: "frozen prefix", Block: "trained block", Whole: "backbone",
	Heads: "heads and losses", Optimizer: "optimizer", RPC: "RPC", Runner: "rest of the runner",
}

// WriteText writes the result for people.
func (r Result) WriteText(w io.Writer, title string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, title)
	fmt.Fprintf(t, "%.3f s a step, %.1f frames a second, %s at most in all processes; the runner's own share is "+
		"%.1f %%\n", r.SecondsPerStep, r.FramesPerSecond, plan.Bytes(r.MemoryTotal), 100*r.Own())
	fmt.Fprintln(t)
	r.writeTimes(t)
	r.writeGroups(t)
	r.writeParts(t)
	r.writeLayers(t)
	r.writeMemory(t)
	r.writeRivals(t)
	return t.Flush()
}

// writeTimes says how long each side took, in wall time and in processor time: a side
// that leaves cores idle, by a wrong number of threads say, shows here.
func (r Result) writeTimes(t io.Writer) {
	fmt.Fprintln(t, "SIDE\tWALL SECONDS\tCPU SECONDS\tCORES")
	row := func(name string, rounds []Round, cores float64) {
		wall, cpu := 0.0, 0.0
		for _, round := range rounds {
			wall, cpu = wall+round.Seconds, cpu+round.CPU
		}
		fmt.Fprintf(t, "%s\t%.1f\t%s\t%s\n", name, wall, number("%.1f", cpu), number("%.2f", cores))
	}
	row("Montage", r.Rounds, r.Cores)
	for _, rival := range r.Rivals {
		row(rival.Name, rival.Rounds, rival.Cores)
	}
	fmt.Fprintln(t)
}

// number writes a number, or a dash for 0, which says that it is not known.
func number(format string, x float64) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf(format, x)
}

// writeGroups writes a column for each rival. A rival may report only some groups.
func (r Result) writeGroups(t io.Writer) {
	fmt.Fprint(t, "STEP\tSECONDS\tSHARE")
	for _, rival := range r.Rivals {
		fmt.Fprintf(t, "\tTIMES AS FAST AS %s", rival.Name)
	}
	fmt.Fprintln(t)
	for _, name := range Groups {
		if r.Groups[name] == 0 {
			continue
		}
		fmt.Fprintf(t, "%s\t%.4f\t%.1f %%", titles[name], r.Groups[name], 100*r.Groups[name]/r.SecondsPerStep)
		for _, rival := range r.Rivals {
			cell := "-"
			if g, ok := rival.Groups[name]; ok {
				cell = g.Ratio.String()
			}
			fmt.Fprint(t, "\t", cell)
		}
		fmt.Fprintln(t)
	}
}

// String prints the median and the range.
func (r Ratio) String() string { return fmt.Sprintf("%.2f (%.2f to %.2f)", r.Median, r.Low, r.High) }

func (r Result) writeParts(t io.Writer) {
	fmt.Fprintln(t, "\nPART\tSECONDS A STEP\tSHARE")
	for _, p := range r.Parts {
		beside := ""
		if p.Beside {
			beside = "\tbeside the others"
		}
		fmt.Fprintf(t, "%s\t%.4f\t%.1f %%%s\n", p.Name, p.Seconds, 100*p.Share, beside)
	}
}

func (r Result) writeLayers(t io.Writer) {
	if len(r.Layers) == 0 {
		return
	}
	fmt.Fprintln(t, "\nLAYER\tFORWARD, MS A FRAME\tGFLOP A FRAME\tGFLOPS\tBACKWARD, MS A FRAME")
	for _, l := range r.Layers {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", l.Name, number("%.3f", l.Forward), number("%.3f", l.GFLOP),
			number("%.0f", l.GFLOPS), number("%.3f", l.Backward))
	}
}

func (r Result) writeMemory(t io.Writer) {
	names := slices.SortedFunc(maps.Keys(r.Memory), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.Memory[b], r.Memory[a]), cmp.Compare(a, b))
	})
	fmt.Fprintln(t, "\nPROCESS\tMEMORY AT MOST")
	for _, name := range names {
		fmt.Fprintf(t, "%s\t%s\n", name, plan.Bytes(r.Memory[name]))
	}
}

func (r Result) writeRivals(t io.Writer) {
	for i, rival := range r.Rivals {
		if i == 0 {
			fmt.Fprintln(t, "\nRIVAL\tFRAMES A SECOND\tOURS ARE\tFROM\tTO\tMEMORY")
		}
		fmt.Fprintf(t, "%s\t%.1f\t%.2f times\t%.2f\t%.2f\t%s\n", rival.Name, rival.FramesPerSecond, rival.Median,
			rival.Low, rival.High,
			plan.Bytes(rival.Peak))
	}
}
