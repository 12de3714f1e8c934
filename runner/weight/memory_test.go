package weight

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestHostileFilesTakeLittleMemory: none of the small hostile files, nor any
// stated size in them, makes the reader allocate more than a few megabytes.
func TestHostileFilesTakeLittleMemory(t *testing.T) {
	files, _ := filepath.Glob(fixture("hostile_*.pth"))
	if len(files) < 15 {
		t.Fatalf("only %d files", len(files))
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = parse(raw)
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; err == nil || taken > 4<<20 {
			t.Errorf("%s: %d bytes taken, %v", file, taken, err)
		}
	}
}
