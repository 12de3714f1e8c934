package registry

import (
	"fmt"
	"sort"
	"strings"

	"montage/core"
	"montage/core/hint"
)

// Describe returns the description of a component, or an *UnknownError or
// *AmbiguousError.
func (r *Registry) Describe(kind core.Kind, name string) (core.Description, error) {
	_, d, err := r.find(kind, name)
	return d, err
}

// Components returns what is installed of a kind, by name.
func (r *Registry) Components(kind core.Kind) []core.Description {
	var out []core.Description
	for _, p := range r.plugins {
		for _, d := range p.Components {
			if d.Kind == kind {
				out = append(out, d)
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Serving returns the plugin that serves a component, or an error as Describe's.
func (r *Registry) Serving(kind core.Kind, name string) (Plugin, error) {
	p, _, err := r.find(kind, name)
	if err != nil {
		return Plugin{}, err
	}
	return *p, nil
}

func (r *Registry) find(kind core.Kind, name string) (found *Plugin, what core.Description, err error) {
	for _, p := range r.plugins {
		for _, d := range p.Components {
			if d.Kind != kind || d.Name != name {
				continue
			}
			if found != nil {
				return nil, what, &AmbiguousError{kind, name, [2]Plugin{*found, *p}}
			}
			found, what = p, d
		}
	}
	if found == nil {
		return nil, what, r.unknown(kind, name)
	}
	return found, what, nil
}

// AmbiguousError says that two plugins claim one component.
type AmbiguousError struct {
	Kind    core.Kind
	Name    string
	Plugins [2]Plugin
}

func (e *AmbiguousError) Error() string {
	a, b := e.Plugins[0], e.Plugins[1]
	return fmt.Sprintf("%s %q is served by two plugins: %s (%s) and %s (%s)", e.Kind, e.Name,
		a.Name, a.address(), b.Name, b.address())
}

// Hints says how to make the name stand for one component.
func (*AmbiguousError) Hints() []string { return []string{"remove one of them from its folder"} }

// UnknownError says that no plugin serves a component.
type UnknownError struct {
	Kind core.Kind
	Name string
	// Other is the kind of which the name is, or empty.
	Other core.Kind
	// Installed are the names of that kind, sorted.
	Installed []string
	// Problems are those of plugins that do not work, one of which might serve it.
	Problems error
}

// Unwrap returns why other plugins do not work.
func (e *UnknownError) Unwrap() error { return e.Problems }

func (e *UnknownError) Error() string {
	text := fmt.Sprintf("unknown %s %q", e.Kind, e.Name)
	if e.Problems != nil {
		text += "; there are plugins that do not work:\n" + e.Problems.Error()
	}
	return text
}

// Hints says what to write instead.
func (e *UnknownError) Hints() []string { return []string{e.instead()} }

func (e *UnknownError) instead() string {
	installed := "no " + plurals[e.Kind] + " are installed"
	if len(e.Installed) > 0 {
		installed = "installed " + plurals[e.Kind] + ": " + strings.Join(e.Installed, ", ")
	}
	if e.Other != "" {
		return fmt.Sprintf("%q is a %s; %s", e.Name, e.Other, installed)
	}
	if meant := hint.DidYouMean(e.Name, e.Installed); meant != "" {
		return meant + " " + installed
	}
	return installed
}

var plurals = map[core.Kind]string{
	core.KindBackbone: "backbones", core.KindHead: "heads", core.KindLoss: "losses",
	core.KindAugmentation: "augmentations", core.KindStrategy: "ssl-strategies",
}

func (r *Registry) unknown(kind core.Kind, name string) *UnknownError {
	e := &UnknownError{Kind: kind, Name: name, Problems: r.Problems()}
	for _, k := range core.Kinds {
		for _, d := range r.Components(k) {
			if k != kind && d.Name == name {
				e.Other = k
			}
			if k != kind {
				continue
			}
			e.Installed = append(e.Installed, d.Name)
		}
	}
	return e
}
