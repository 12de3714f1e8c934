package datatest

import (
	"os"
	"os/exec"
	"testing"
)

// FFmpeg returns the program. Without it the test is skipped, or fails where MONTAGE_FFMPEG is "required".
func FFmpeg(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		if os.Getenv("MONTAGE_FFMPEG") == "required" {
			t.Fatal(err)
		}
		t.Skip("ffmpeg is not installed: ", err)
	}
	return path
}

// Video has ffmpeg draw a video by a graph of filters.
func Video(t testing.TB, path, graph string, encoder ...string) {
	t.Helper()
	args := append([]string{"-nostdin", "-v", "error", "-filter_complex", graph}, encoder...)
	if said, err := exec.Command(FFmpeg(t), append(args, path)...).CombinedOutput(); err != nil {
		t.Fatal(string(said), err)
	}
}
