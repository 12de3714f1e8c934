package wasm

import (
	"bytes"
	"compress/gzip"
	"runtime"
	"strings"
	"testing"
	"time"
)

// spin is a module whose one function, spin, runs for ever.
const spin = "\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x02\x01\x00" + "\x03\x02\x01\x00" +
	"\x06\x01\x00" + "\x07\x08\x01\x04spin\x00\x00" + "\x0a\x09\x01\x07\x00\x03\x40\x0c\x00\x0b\x0b"

// TestEndless: an instance that never ends is ended, and does not hold up the garbage
// collector until then.
func TestEndless(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(spin)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const limit = 2 * time.Second
	start, collected := time.Now(), make(chan time.Duration)
	go func() {
		time.Sleep(limit / 10)
		runtime.GC()
		collected <- time.Since(start)
	}()
	err := newProgram(zipped.Bytes()).runFor(limit, func(i *instance) error {
		_, err := i.call("spin")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "took longer than 2s and was stopped") {
		t.Error(err)
	}
	if after := <-collected; after > limit {
		t.Errorf("the garbage was collected after %v", after)
	}
}

// TestMeteredRefuses: a module that is cut within a section is refused, and one without
// what metering adds to.
func TestMeteredRefuses(t *testing.T) {
	whole := map[int]bool{24: true, 34: true, len(spin): true} // sections end there
	for n := range len(spin) + 1 {
		if _, err := metered([]byte(spin[:n])); (err == nil) != whole[n] {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
}
