package registry

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"montage/core/hint"
)

// LogLevels say how much of what plugins log is shown. The zero value shows as much as
// the runner logs itself.
type LogLevels struct {
	all   *zerolog.Level
	named map[string]zerolog.Level
}

// ParseLogLevels reads a log level for all plugins, levels for some by name, or both:
// "debug", "focal=debug", "warn,focal=debug".
func ParseLogLevels(text string) (LogLevels, error) {
	l := LogLevels{named: map[string]zerolog.Level{}}
	for _, part := range strings.Split(text, ",") {
		name, word, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named {
			name, word = "", name
		}
		level, ok := logLevels[word]
		switch {
		case part == "" && text == "":
		case !ok:
			return LogLevels{}, hint.With(fmt.Errorf("unknown log level %q", word),
				"debug, info, warn, error or off; for one plugin as in focal=debug")
		case named && name == "":
			return LogLevels{}, hint.With(fmt.Errorf("%q names no plugin", part), "leave the = out to mean all")
		case named:
			l.named[name] = level
		case l.all != nil:
			return LogLevels{}, fmt.Errorf("%q gives two log levels for all plugins", text)
		default:
			l.all = &level
		}
	}
	return l, nil
}

var logLevels = map[string]zerolog.Level{
	"debug": zerolog.DebugLevel, "info": zerolog.InfoLevel, "warn": zerolog.WarnLevel, "error": zerolog.ErrorLevel,
	"off": zerolog.Disabled,
}

// of returns the log for a plugin's output. Before a plugin is known by name, it has the
// name of its file.
func (l LogLevels) of(log zerolog.Logger, p *Plugin) zerolog.Logger {
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

// unknown returns the names that no plugin has, sorted.
func (l LogLevels) unknown(plugins []*Plugin) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(l.named)) {
		if !slices.ContainsFunc(plugins, func(p *Plugin) bool { return p.Name == name }) {
			names = append(names, name)
		}
	}
	return names
}
