package labelfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkRead reads a million rows of 5 and of 18 columns, as of a file with a column for each class.
func BenchmarkRead(b *testing.B) {
	for _, columns := range []int{5, 18} {
		var text strings.Builder
		for row := range 1_000_001 {
			for c := range columns - 1 {
				fmt.Fprintf(&text, "%d-%d,", c, row)
			}
			text.WriteString("x\n")
		}
		path := filepath.Join(b.TempDir(), "rows.csv")
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			b.Fatal(err)
		}
		text.Reset()
		b.Run(fmt.Sprint(columns, " columns"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if t, err := Read(path, ""); err != nil || len(t.Rows) != 1_000_000 || len(t.Problems) > 0 {
					b.Fatal(err)
				}
			}
		})
	}
}
