package wire

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestVersionsOfARange is of a host that speaks more than one.
func TestVersionsOfARange(t *testing.T) {
	host := interval{2, 4}
	if sets := host.sets(&endpoint{}); len(sets) != 3 || sets[2] == nil || sets[4] == nil {
		t.Errorf("offers %v", sets)
	}
	for claim, want := range map[string]string{
		"1": "it is older", "2": "", "3": "", "4": "", "5": "it is newer", "": "no number", "-1": "no number",
		"99999999999999999999": "no number",
	} {
		problem, hint := host.judge(claim)
		if want == "" && problem != "" || !strings.Contains(problem+"\n"+hint, want) || problem != "" &&
			!strings.Contains(problem, "2 to 4") {
			t.Errorf("version %q: %s, %s", claim, problem, hint)
		}
	}
}

// TestGuideTellsVersions holds the table of the authoring guide to this build.
func TestGuideTellsVersions(t *testing.T) {
	text, err := os.ReadFile("../../plugins/README.md")
	must(t, err)
	_, section, _ := strings.Cut(string(text), "\n## Compatibility\n")
	for v := MinVersion; v <= Version; v++ {
		if !strings.Contains(section, fmt.Sprintf("\n| %d | ", v)) {
			t.Errorf("the guide does not tell of version %d", v)
		}
	}
	for _, c := range Capabilities() {
		if !strings.Contains(section, "`"+c+"`: ") {
			t.Errorf("the guide does not tell of the capability %s", c)
		}
	}
}
