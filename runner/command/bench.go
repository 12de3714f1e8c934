package command

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"montage/core/spec"
	"montage/core/wire"
	"montage/runner/assembly"
	"montage/runner/bench"
	"montage/runner/plan"
)

// measurement is one call of bench.
type measurement struct {
	*app
	sets                  []string
	warmup, steps, rounds int
	against               []string
	asJSON                bool
	plugins
}

func (a *app) benchCommand() *cobra.Command {
	x := &measurement{app: a}
	c := &cobra.Command{
		Use: "bench SPEC", Short: "Measure the training steps of a spec, alone or in turns with rivals",
		Long: "Train a few steps of the first phase without keeping anything, and print what they took.\n" +
			"A rival is a program that takes steps on request (see runner/bench/reference); it runs in turns with us.",
		Args: cobra.ExactArgs(1), RunE: ran(x.run),
	}
	f := c.Flags()
	f.StringArrayVarP(&x.sets, "set", "s", nil, "override a key of the spec: -s data.batch=2")
	f.IntVar(&x.warmup, "warmup", 2, "steps before measuring")
	f.IntVar(&x.steps, "steps", 3, "steps of a round")
	f.IntVar(&x.rounds, "rounds", 3, "rounds; medians are over them")
	f.StringArrayVar(&x.against, "against", nil, "a rival: NAME=COMMAND with its arguments, separated by spaces")
	f.BoolVar(&x.asJSON, "json", false, "print JSON")
	x.plugins.flags(c)
	x.plugins.traceFlag(c)
	return c
}

func (x *measurement) run(ctx context.Context, args []string) error {
	if x.warmup < 0 || x.steps < 1 || x.rounds < 1 {
		return callError{fmt.Errorf("--warmup %d, --steps %d and --rounds %d must be at least 0, 1 and 1", x.warmup, x.steps, x.rounds)}
	}
	rivals, err := x.rivals(ctx)
	if err != nil {
		return err
	}
	for _, r := range rivals {
		defer r.Stop()
	}
	s, problems := spec.Load(args[0], x.sets)
	if err := problems.Err(); err != nil {
		return err
	}
	x.plugins.clock = &wire.Clock{}
	session, err := x.plugins.open(ctx, x.app)
	if err != nil {
		return err
	}
	defer session.Close()
	asm, err := assembly.New(ctx, assembly.Config{Spec: s, Plugins: session, Log: x.log})
	if err == nil {
		err = asm.Build()
	}
	if err != nil {
		return interrupted(ctx, err)
	}
	bar := x.meter("measuring", "steps")
	result, err := bench.Run(ctx, bench.Config{Engine: asm.Engine(), Clock: x.plugins.clock, Warmup: x.warmup, Steps: x.steps, Rounds: x.rounds,
		Rivals: rivals, Sample: session.memory, Progress: bar.show})
	bar.clear()
	if err != nil {
		return interrupted(ctx, err)
	}
	if x.asJSON {
		encoder := json.NewEncoder(x.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	}
	return writeBench(x.Stdout, s.Name, result)
}

// rivals starts the rivals, one after the other.
func (x *measurement) rivals(ctx context.Context) (rivals []*bench.Rival, err error) {
	for _, text := range x.against {
		name, command, ok := strings.Cut(text, "=")
		if !ok || len(strings.Fields(command)) == 0 {
			return nil, callError{fmt.Errorf("--against %q is not NAME=COMMAND", text)}
		}
		r := &bench.Rival{Name: name, Command: strings.Fields(command)}
		if err := r.Start(ctx); err != nil {
			for _, started := range rivals {
				started.Stop()
			}
			return nil, err
		}
		rivals = append(rivals, r)
	}
	return rivals, nil
}

func writeBench(out io.Writer, name string, r bench.Result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s on %s\n", name, machine())
	fmt.Fprintf(w, "%.3f s a step, %.1f frames a second, %s at most in all processes; the runner's own share is %.1f %%\n\n",
		r.SecondsPerStep, r.FramesPerSecond, plan.Bytes(r.MemoryTotal), 100*r.Own())
	fmt.Fprintln(w, "PART\tSECONDS A STEP\tSHARE")
	for _, p := range r.Parts {
		beside := ""
		if p.Beside {
			beside = "\tbeside the others"
		}
		fmt.Fprintf(w, "%s\t%.4f\t%.1f %%%s\n", p.Name, p.Seconds, 100*p.Share, beside)
	}
	for i, rival := range r.Rivals {
		if i == 0 {
			fmt.Fprintln(w, "\nRIVAL\tFRAMES A SECOND\tOURS ARE\tFROM\tTO\tMEMORY")
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.2f times\t%.2f\t%.2f\t%s\n", rival.Name, rival.FramesPerSecond, rival.Ratio, rival.Low, rival.High, plan.Bytes(rival.Peak))
	}
	return w.Flush()
}

// machine describes what a measurement was made on.
func machine() string {
	cpu := runtime.GOARCH
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for _, line := range strings.Split(string(raw), "\n") {
			if name, model, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(model)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores in use, %s %s", cpu, runtime.GOMAXPROCS(0), runtime.GOOS, runtime.Version())
}

// memory returns what the runner and its plugins take now, in bytes: memory that
// processes share counts in parts, so that the sum is what the machine gives.
func (s *session) memory() map[string]int64 {
	sizes := map[string]int64{"runner": proportional(os.Getpid())}
	for _, p := range s.Processes() {
		sizes[p.Name] += proportional(p.PID)
	}
	return sizes
}

// proportional reads the proportional set size, 0 where the system has none.
func proportional(pid int) int64 {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[0] == "Pss:" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64) // the kernel writes a number
			return kib << 10
		}
	}
	return 0
}
