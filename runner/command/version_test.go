package command

import (
	"runtime/debug"
	"testing"
)

func TestRevision(t *testing.T) {
	for want, settings := range map[string][]debug.BuildSetting{
		"":               {{Key: "GOOS", Value: "linux"}, {Key: "vcs.modified", Value: "true"}},
		"abc":            {{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "false"}},
		"abc (modified)": {{Key: "vcs.modified", Value: "true"}, {Key: "vcs.revision", Value: "abc"}},
	} {
		if got := revision(settings); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
