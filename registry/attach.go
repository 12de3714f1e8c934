package registry

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// attach uses the plugins that wait at sockets instead of those of the same name.
func (r *Registry) attach(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(r.config.Attach)) {
		p := &Plugin{Name: name, attach: r.config.Attach[name]}
		if err := r.ask(ctx, p); err != nil {
			return err
		}
		r.plugins = append(slices.DeleteFunc(r.plugins, func(other *Plugin) bool { return other.Name == name }), p)
	}
	return nil
}

// address is where a plugin is found, for messages.
func (p *Plugin) address() string {
	if p.attach != "" {
		return "at " + p.attach
	}
	return strings.Join(p.Command, " ")
}
