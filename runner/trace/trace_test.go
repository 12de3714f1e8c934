package trace

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"montage/core"
	"montage/core/wire"
	"montage/registry/clock"
)

// read parses a trace as its readers do: the last bracket may be missing.
func read(t *testing.T, path string) (events []event) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSpace(string(raw))
	if !strings.HasSuffix(text, "]") {
		text = strings.TrimSuffix(text, ",") + "]"
	}
	if err := json.Unmarshal([]byte(text), &events); err != nil {
		t.Fatalf("%v in %.300s", err, raw)
	}
	return events
}

// span is an event with numbers.
type span struct{ from, to float64 }

// spans returns the calls by process and thread, each in order.
func spans(t *testing.T, events []event) map[[2]int][]span {
	t.Helper()
	out := map[[2]int][]span{}
	for _, e := range events {
		if e.Phase != "X" {
			continue
		}
		from, err := e.Start.Float64()
		length, err2 := e.Duration.Float64()
		if err != nil || err2 != nil || length < 0 {
			t.Fatalf("event %+v", e)
		}
		at := [2]int{e.PID, e.TID}
		out[at] = append(out[at], span{from, from + length})
	}
	for _, list := range out {
		sort.Slice(list, func(i, j int) bool { return list[i].from < list[j].from })
	}
	return out
}

func called(w *Writer, call string, from, to int) clock.Called {
	head := wire.Instance{ID: 3, Kind: core.KindHead, Name: "mlp"}
	return clock.Called{
		Plugin: "heads", PID: 77, Instance: head, Call: call, Computes: true, Bytes: 640, Attempt: 2,
		Compute: time.Microsecond,
		Start:   w.start.Add(time.Duration(from) * time.Microsecond), Total: time.Duration(to-from) * time.Microsecond,
		Site: core.CallSite{Phase: "joint", Branch: "supervised", Step: 9},
	}
}

func TestTraceHoldsEveryCall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.json")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w.Watch(clock.Called{Plugin: "heads", PID: 77, Call: "start", Start: w.start, Total: time.Millisecond, Attempt: 1})
	// The second waits for the first; the third begins when the first has ended.
	for _, c := range [][2]int{{10, 30}, {20, 50}, {30, 45}, {60, 70}} {
		w.Watch(called(w, "forward", c[0], c[1]))
	}
	failed := called(w, "backward", 80, 81)
	failed.Err = errors.New(`lost "it"`)
	w.Watch(failed)
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	w.Watch(failed) // after the end
	events := read(t, path)
	lanes := spans(t, events)
	if len(lanes) != 3 { // of the plugin, and two of the instance
		t.Errorf("%d threads: %v", len(lanes), lanes)
	}
	calls := 0
	for at, list := range lanes {
		calls += len(list)
		for i := range list[1:] {
			if list[i].to > list[i+1].from {
				t.Errorf("calls of thread %v overlap: %v", at, list)
			}
		}
	}
	if calls != 6 {
		t.Errorf("%d calls, expected 6", calls)
	}
	names := map[string]bool{}
	for _, e := range events {
		if e.Phase == "M" {
			if name, ok := e.Args["name"].(string); ok {
				names[e.Name+" "+name] = true
			}
		}
	}
	for _, want := range []string{"process_name runner", "process_name heads", "thread_name plugin",
		"thread_name head/mlp 3", "thread_name head/mlp 3 waiting"} {
		if !names[want] {
			t.Errorf("%q is not among %v", want, names)
		}
	}
	last := events[len(events)-2]
	for key, want := range map[string]any{"bytes": 640.0, "attempt": 2.0, "branch": "supervised", "phase": "joint",
		"step": 9.0, "method": "backward", "component": "head/mlp", "plugin": "heads", "error": `lost "it"`,
		"compute_us": 1.0} {
		if last.Args[key] != want {
			t.Errorf("%s is %v, expected %v", key, last.Args[key], want)
		}
	}
	if last.Name != "backward mlp" || last.Category != "head" || last.Start != "80.000" || last.Duration != "1.000" {
		t.Errorf("%+v", last)
	}
}

// TestTraceIsReadableAtAnyTime holds while it is written, and does not keep a long run
// in memory.
func TestTraceIsReadableAtAnyTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.json")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	const calls = 2000
	for i := range calls {
		w.Watch(called(w, "forward", i, i+1))
		if i%400 == 0 {
			read(t, path)
		}
	}
	if held := len(w.lines); held > flushBytes+1000 {
		t.Errorf("%d bytes are in memory", held)
	}
	if n := len(read(t, path)); n < calls/2 || n >= calls {
		t.Errorf("%d events are on the disk before the end", n)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w, err = Create(path); err != nil { // over itself
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTraceReplacesOnlyTraces(t *testing.T) {
	dir := t.TempDir()
	spec := filepath.Join(dir, "spec.toml")
	if err := os.WriteFile(spec, []byte("[data]\nsize = 32\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{spec, dir, filepath.Join(dir, "no", "folder")} {
		if _, err := Create(path); err == nil {
			t.Errorf("%s became a trace", path)
		}
	}
	if raw, err := os.ReadFile(spec); err != nil || !strings.Contains(string(raw), "size") {
		t.Errorf("the spec is now %q, %v", raw, err)
	}
}

func TestTraceOfAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	if _, err := Create("/dev/full"); err == nil {
		t.Error("nothing was said")
	}
}

func BenchmarkWatch(b *testing.B) {
	w, err := Create(filepath.Join(b.TempDir(), "trace.json"))
	if err != nil {
		b.Fatal(err)
	}
	c := called(w, "forward", 0, 1)
	for b.Loop() {
		w.Watch(c)
		c.Start = c.Start.Add(c.Total)
	}
}
