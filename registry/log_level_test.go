package registry

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
)

func TestLevelsAreParsed(t *testing.T) {
	for _, wrong := range []string{"loud", "focal=", "=debug", "debug,info", "debug,", "focal=fatal", "focal=debug,x"} {
		if _, err := ParseLogLevels(wrong); err == nil {
			t.Errorf("%q was accepted", wrong)
		}
	}
	for _, right := range []string{"", "debug", "off", "focal=debug", " warn , focal=debug,other=error"} {
		if _, err := ParseLogLevels(right); err != nil {
			t.Errorf("%q: %v", right, err)
		}
	}
}

// TestLevelsShowWhatAPluginLogs against a runner that logs info.
func TestLevelsShowWhatAPluginLogs(t *testing.T) {
	dir := folder(t, "talker")
	for text, shown := range map[string]bool{"": false, "debug": true, "talker=debug": true, "other=debug": false,
		"talker=info": false, "off,talker=debug": true} {
		levels, err := ParseLogLevels(text)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		r := open(t, Config{Path: dir, LogLevels: levels, Log: zerolog.New(&log).Level(zerolog.InfoLevel)})
		s := session(t, r)
		if _, err := s.New(core.KindLoss, "sum", core.Values{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil { // all of its output is read
			t.Fatal(err)
		}
		if strings.Contains(log.String(), "a small thing") != shown {
			t.Errorf("levels %q: %s", text, &log)
		}
		if warned := strings.Contains(log.String(), "not there"); warned != strings.Contains(text, "other") {
			t.Errorf("levels %q of a plugin that is not there: %s", text, &log)
		}
	}
}

// TestUnknownPluginsAreWarnedOfInOrder whatever the order of a map.
func TestUnknownPluginsAreWarnedOfInOrder(t *testing.T) {
	levels, err := ParseLogLevels("e=info,b=info,d=info,walker=info,a=info,c=info")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a", "b", "c", "d", "e"}
	for range 50 {
		if got := levels.unknown([]*Plugin{{Name: "walker"}}); !slices.Equal(got, want) {
			t.Fatalf("unknown are %v, expected %v", got, want)
		}
	}
}
