package host

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"

	"github.com/rs/zerolog"
)

const (
	// maxLine is where a line of a plugin's output is cut.
	maxLine = 64 << 10
	// tailLines is how many lines are kept for errors, tailLine how much of each.
	tailLines = 20
	tailLine  = 500
)

// journal is what a plugin prints: into the log, and the last lines for errors.
type journal struct {
	mu     sync.Mutex
	log    zerolog.Logger
	tail   []string
	frozen bool // the tail begins with the reason of a crash: what follows is stack
}

func newJournal(log zerolog.Logger, plugin string) *journal {
	return &journal{log: log.With().Str("plugin", plugin).Logger()}
}

// pluginOutput is one stream of a journal. Streams are mixed line by line.
type pluginOutput struct {
	journal *journal
	line    []byte
}

// Write takes any bytes. It never fails: a plugin must not block on its log.
func (o *pluginOutput) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		room := maxLine - len(o.line)
		switch {
		case end >= 0 && end <= room:
			o.line = append(o.line, p[:end]...)
			p = p[end+1:]
			o.flush()
		case len(p) >= room:
			o.line = append(o.line, p[:room]...)
			p = p[room:]
			o.flush()
		default:
			o.line = append(o.line, p...)
			p = nil
		}
	}
	return n, nil
}

func (o *pluginOutput) flush() {
	line := strings.ToValidUTF8(string(bytes.TrimRight(o.line, "\r")), "\uFFFD")
	o.line = o.line[:0]
	if line != "" {
		o.journal.add(line)
	}
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	level, message, fields := parseLine(line)
	j.log.WithLevel(level).Fields(fields).Msg(message)
	j.keep(line, message)
}

// keep remembers the end of the output, but of a Go program's crash its beginning:
// the reason comes first and many lines of stacks follow.
func (j *journal) keep(line, message string) {
	if j.frozen && len(j.tail) >= tailLines {
		return
	}
	if !j.frozen && (strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")) {
		j.frozen, j.tail = true, nil
	}
	if message == "" {
		message = line
	}
	if len(message) > tailLine {
		message = strings.ToValidUTF8(message[:tailLine], "") + " …"
	}
	if j.tail = append(j.tail, message); len(j.tail) > tailLines {
		j.tail = j.tail[1:]
	}
}

func (j *journal) last() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.tail...)
}

// parseLine reads a line of a plugin's log: JSON as zerolog or hclog write it, or text.
func parseLine(line string) (zerolog.Level, string, map[string]any) {
	var fields map[string]any
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &fields) != nil {
		return zerolog.InfoLevel, line, nil
	}
	message, ok := take(fields, "message", "@message", "msg")
	if !ok {
		return zerolog.InfoLevel, line, nil
	}
	word, _ := take(fields, "level", "@level")
	// The runner's line has these already.
	for _, key := range []string{"time", "@timestamp", "plugin", "level", "message"} {
		delete(fields, key)
	}
	return severity(word), message, fields
}

func take(fields map[string]any, keys ...string) (string, bool) {
	for _, key := range keys {
		if value, ok := fields[key].(string); ok {
			delete(fields, key)
			return value, true
		}
	}
	return "", false
}

// severity is at most an error: what is fatal to a plugin is not to the runner.
func severity(word string) zerolog.Level {
	level, err := zerolog.ParseLevel(strings.ToLower(word))
	if err != nil || level == zerolog.NoLevel || level == zerolog.Disabled {
		return zerolog.InfoLevel
	}
	return max(zerolog.TraceLevel, min(level, zerolog.ErrorLevel))
}
