package command

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"

	"montage/core/hint"
)

// sockets reads --attach.
func (p *plugins) sockets(log zerolog.Logger) (map[string]string, error) {
	sockets := map[string]string{}
	for _, text := range p.attached {
		name, file, ok := strings.Cut(text, "=")
		if !ok || name == "" || file == "" {
			return nil, callError{hint.With(fmt.Errorf("--attach %q is not NAME=FILE", text),
				"--attach focal=/tmp/focal.sock")}
		}
		file, err := filepath.Abs(file)
		if err != nil {
			return nil, fmt.Errorf("--attach: %w", err)
		}
		sockets[name] = file
		log.Warn().Str("plugin", name).
			Msg("attached: the run waits for the plugin, without deadlines and without a lock")
	}
	return sockets, nil
}
