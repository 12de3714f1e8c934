package diskcache

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// TestKilledWhileWriting kills processes that write, and looks at what they leave behind.
func TestKilledWhileWriting(t *testing.T) {
	if dir := os.Getenv("WRITE_TO"); dir != "" {
		s := Open(Config{Dir: dir, Name: "a", Limit: 1 << 30, Table: "t", Log: zerolog.Nop()})
		for i := 0; ; i = (i + 1) % 60_000 {
			s.Put(filled(i))
		}
	}
	dir := t.TempDir()
	before := 0
	for round := range 3 {
		writer := exec.Command(os.Args[0], "-test.run", t.Name())
		writer.Env = append(os.Environ(), "WRITE_TO="+dir)
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		n := 0
		for deadline := time.Now().Add(time.Minute); n < before+100*mapBytes; n = int(usage(dir)) {
			if time.Now().After(deadline) {
				t.Fatalf("round %d: nothing more is written", round)
			}
			time.Sleep(5 * time.Millisecond)
		}
		_ = writer.Process.Kill() // it has no other end
		_ = writer.Wait()
		before = int(usage(dir))
		s, log := opened(t, dir, "a", 1<<30)
		if n := found(t, s, 0, 60_000); n != s.Len() || n == 0 || log.Len() > 0 {
			t.Errorf("round %d: %d of %d values come back; log: %s", round, n, s.Len(), log)
		}
		s.Close()
	}
}
