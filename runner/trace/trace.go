// Package trace writes what calls of plugins took as a file that chrome://tracing and
// Perfetto read: the Trace Event Format in its JSON array form.
//
// A process of the picture is a process of a plugin, a thread an instance in it. Calls
// to one instance that overlap, because one waits for its turn, get threads of their
// own, so that no thread holds two calls at once. A plugin that is started again is
// another process.
package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"montage/core/hint"
	"montage/registry/clock"
)

// Events leave the memory when they are this many bytes, or this old, and always as
// whole lines: the format does without its last bracket, so that what a killed
// process leaves can be read.
const (
	flushBytes = 64 << 10
	flushAge   = time.Second
)

// beginning is what every trace begins with.
const beginning = "[\n{\"name\":\""

// Writer writes a trace. Its methods may be called from several goroutines.
type Writer struct {
	start time.Time

	mu      sync.Mutex // guards what follows
	file    *os.File
	lines   []byte
	flushed time.Time
	lanes   map[track]int         // thread numbers
	busy    map[track][]time.Time // when the last call on each thread of an instance ended
	named   map[int]bool          // processes that have their name
	err     error                 // the first of the file, after which nothing is written
}

// track is one thread of the trace: the nth of an instance.
type track struct {
	pid      int
	instance string
	nth      int
}

// Create begins a trace. It replaces an older trace, and no other file.
func Create(path string) (*Writer, error) {
	if err := replaceable(path); err != nil {
		return nil, err
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	w := &Writer{start: time.Now(), file: file, lanes: map[track]int{}, busy: map[track][]time.Time{},
		named: map[int]bool{}}
	w.lines = append(w.lines, "[\n"...)
	w.process(os.Getpid(), "runner")
	w.flush()
	return w, w.err
}

// replaceable refuses a file that is somebody's work.
func replaceable(path string) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil // what cannot be written to says so itself
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	defer file.Close()
	begins := make([]byte, len(beginning))
	if n, err := file.Read(begins); err != nil || string(begins[:n]) != beginning {
		return hint.With(fmt.Errorf("trace: %s exists and is no trace", path), "name another file")
	}
	return nil
}

// Watch writes one call. It suits clock.Clock.
func (w *Writer) Watch(c clock.Called) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil || w.err != nil {
		return
	}
	w.process(c.PID, c.Plugin)
	e := event{
		Name: c.Call, Category: "plugin", Phase: "X", PID: c.PID, TID: w.thread(c),
		Start: micros(c.Start.Sub(w.start)), Duration: micros(c.Total), Args: args(c),
	}
	if c.Instance.Name != "" {
		e.Name, e.Category = c.Call+" "+c.Instance.Name, string(c.Instance.Kind)
	}
	w.write(e)
	if len(w.lines) >= flushBytes || time.Since(w.flushed) >= flushAge {
		w.flush()
	}
}

// thread returns the thread of a call: the first of its instance that was free then.
func (w *Writer) thread(c clock.Called) int {
	of := track{pid: c.PID, instance: "plugin"}
	if c.Instance.Name != "" {
		of.instance = fmt.Sprintf("%s %d", c.Instance, c.Instance.ID)
	}
	ends := w.busy[of]
	for of.nth = 0; of.nth < len(ends) && ends[of.nth].After(c.Start); of.nth++ {
	}
	end := c.Start.Add(c.Total)
	if of.nth == len(ends) {
		ends = append(ends, end)
	}
	ends[of.nth] = end
	w.busy[track{pid: of.pid, instance: of.instance}] = ends
	tid, known := w.lanes[of]
	if !known {
		tid = len(w.lanes) + 1
		w.lanes[of] = tid
		name := of.instance
		if of.nth > 0 {
			name += " waiting"
		}
		w.write(event{Name: "thread_name", Phase: "M", PID: of.pid, TID: tid, Args: map[string]any{"name": name}})
	}
	return tid
}

// process names a process once.
func (w *Writer) process(pid int, name string) {
	if w.named[pid] {
		return
	}
	w.named[pid] = true
	w.write(event{Name: "process_name", Phase: "M", PID: pid, Args: map[string]any{"name": name}})
}

func (w *Writer) write(e event) {
	line, err := json.Marshal(e)
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.lines = append(append(w.lines, line...), ",\n"...)
}

// flush writes the whole lines that there are.
func (w *Writer) flush() {
	if w.err == nil {
		_, w.err = w.file.Write(w.lines)
	}
	w.lines, w.flushed = w.lines[:0], time.Now()
}

// Close completes the file. The error says what could not be written. Calls that end later
// are left out.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	w.write(event{Name: "process_labels", Phase: "M", PID: os.Getpid(), Args: map[string]any{"labels": "complete"}})
	w.lines = append(bytes.TrimSuffix(w.lines, []byte(",\n")), "\n]\n"...)
	w.flush()
	err := errors.Join(w.err, w.file.Close())
	w.file = nil
	if err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	return nil
}
