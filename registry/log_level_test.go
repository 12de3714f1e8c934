package registry

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
)

func TestLevelsAreParsed(t *testing.T) {
	for _, wrong := range []string{"loud", "focal=", "=debug", "debug,info", "debug,", "focal=fatal", "focal=debug,x"} {
		if _, err := ParseLevels(wrong); err == nil {
			t.Errorf("%q was accepted", wrong)
		}
	}
	for _, right := range []string{"", "debug", "off", "focal=debug", " warn , focal=debug,other=error"} {
		if _, err := ParseLevels(right); err != nil {
			t.Errorf("%q: %v", right, err)
		}
	}
}

// TestLevelsShowWhatAPluginLogs against a runner that logs info.
func TestLevelsShowWhatAPluginLogs(t *testing.T) {
	dir := folder(t, "talker")
	for text, shown := range map[string]bool{"": false, "debug": true, "talker=debug": true, "other=debug": false,
		"talker=info": false, "off,talker=debug": true} {
		levels, err := ParseLevels(text)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		r := open(t, Config{Path: dir, Levels: levels, Log: zerolog.New(&log).Level(zerolog.InfoLevel)})
		s := session(t, r)
		if _, err := s.Loss("sum", core.Values{}); err != nil {
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
