package registry

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"
)

// Levels says how much of what plugins log is shown. The zero value shows as much as
// the runner logs itself.
type Levels struct {
	all   *zerolog.Level
	named map[string]zerolog.Level
}

// ParseLevels reads a level for all plugins, levels for some by name, or both:
// "debug", "focal=debug", "warn,focal=debug".
func ParseLevels(text string) (Levels, error) {
	l := Levels{named: map[string]zerolog.Level{}}
	for _, part := range strings.Split(text, ",") {
		name, word, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named {
			name, word = "", name
		}
		level, ok := levelWords[word]
		switch {
		case part == "" && text == "":
		case !ok:
			return Levels{}, fmt.Errorf("%q is no level of a log\nhint: debug, info, warn, error or off, for one "+
				"plugin as in focal=debug", word)
		case named && name == "":
			return Levels{}, fmt.Errorf("%q names no plugin\nhint: leave the = out to mean all", part)
		case named:
			l.named[name] = level
		case l.all != nil:
			return Levels{}, fmt.Errorf("%q gives two levels for all plugins", text)
		default:
			l.all = &level
		}
	}
	return l, nil
}

var levelWords = map[string]zerolog.Level{
	"debug": zerolog.DebugLevel, "info": zerolog.InfoLevel, "warn": zerolog.WarnLevel, "error": zerolog.ErrorLevel,
	"off": zerolog.Disabled,
}

// of returns the log for a plugin's output. Before it is known by name, a program has
// the name of its file.
func (l Levels) of(log zerolog.Logger, p *Plugin) zerolog.Logger {
	name := p.Name
	if name == "" && len(p.Command) > 0 {
		name = filepath.Base(p.Command[0])
	}
	if level, ok := l.named[name]; ok {
		return log.Level(level)
	}
	if l.all != nil {
		return log.Level(*l.all)
	}
	return log
}

// unknown returns the names that no plugin has.
func (l Levels) unknown(programs []*Plugin) (names []string) {
	for name := range l.named {
		known := false
		for _, p := range programs {
			known = known || p.Name == name
		}
		if !known {
			names = append(names, name)
		}
	}
	return names
}
