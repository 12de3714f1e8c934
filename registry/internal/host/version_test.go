package host

import (
	"strings"
	"testing"
)

// TestVersionsOfARange is of a host that speaks more than one.
func TestVersionsOfARange(t *testing.T) {
	host := interval{2, 4}
	if sets := host.sets(); len(sets) != 3 || sets[2] == nil || sets[4] == nil {
		t.Errorf("offers %v", sets)
	}
	for claim, want := range map[string]string{
		"1": "it is older", "2": "", "3": "", "4": "", "5": "it is newer", "": "not a number", "-1": "not a number",
		"99999999999999999999": "not a number",
	} {
		problem, hint := host.judge(claim)
		if want == "" && problem != "" || !strings.Contains(problem+"\n"+hint, want) || problem != "" &&
			!strings.Contains(problem, "2 to 4") {
			t.Errorf("version %q: %s, %s", claim, problem, hint)
		}
	}
}
