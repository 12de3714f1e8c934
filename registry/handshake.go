package registry

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"montage/core"
	"montage/core/hint"
	"montage/registry/internal/host"
)

// handshake takes what a plugin says of itself, or holds it to what is known.
func (p *Plugin) handshake(h host.Hello) error {
	if len(p.Components) == 0 {
		for _, d := range h.Components {
			if err := checkDescription(d); err != nil {
				return fmt.Errorf("plugin %s: %w", p.address(), err)
			}
		}
		p.Components = h.Components
	}
	if p.Name == "" {
		p.Name = h.Name
	}
	if p.Version == "" {
		p.Version = h.Version
	}
	if h.Name != p.Name || h.Version != p.Version {
		return fmt.Errorf("plugin %s is %s %s, expected %s %s", p.address(), h.Name, h.Version, p.Name, p.Version)
	}
	if what := firstChange(p.Components, h.Components); what != "" {
		return hint.With(fmt.Errorf("plugin %q does not describe its components as before: %s", p.Name, what),
			"was it replaced during the run?")
	}
	return nil
}

func checkDescription(d core.Description) error {
	if !slices.Contains(core.Kinds, d.Kind) || d.Name == "" {
		return fmt.Errorf("component %q is of kind %q, which does not exist", d.Name, d.Kind)
	}
	for _, o := range d.Options {
		if err := o.Check(); err != nil {
			return fmt.Errorf("component %s: %w", d.ID(), err)
		}
	}
	return nil
}

// firstChange says what differs first between two lists of descriptions, nothing where
// they are equal.
func firstChange(before, now []core.Description) string {
	if len(before) != len(now) {
		return fmt.Sprintf("expected %d of them, seen %d", len(before), len(now))
	}
	for i, d := range before {
		want, got := received(d), received(now[i])
		if !reflect.DeepEqual(want, got) {
			return fmt.Sprintf("%s\n  expected: %+v\n  seen:     %+v", d.ID(), want, got)
		}
	}
	return ""
}

// received is a description as it comes out of the wire, where a default of 1 and one
// of 1.0, or no options and an empty list of them, are the same. One that cannot be sent
// stays as it is.
func received(d core.Description) map[string]any {
	document, err := json.Marshal(d)
	if err != nil {
		return map[string]any{"error": err}
	}
	fields := map[string]any{}
	if err := json.Unmarshal(document, &fields); err != nil {
		return map[string]any{"error": err}
	}
	return fields
}
