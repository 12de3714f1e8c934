package document

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirstFailingPageIsNamed has folders where pages should be: the error is the same every time.
func TestFirstFailingPageIsNamed(t *testing.T) {
	dir := t.TempDir()
	for _, page := range []string{"spec.md", "README.md"} {
		if err := os.Mkdir(filepath.Join(dir, page), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if _, err := Write(dir, nil); err == nil || !strings.HasPrefix(err.Error(), "page README.md: ") {
			t.Fatalf("got %v", err)
		}
	}
}
