package registry

import (
	"fmt"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"

	"montage/core"
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
	return fmt.Sprintf("%s %q is served by two plugins: %s (%s) and %s (%s)\nhint: remove one of them from its folder",
		e.Kind, e.Name, a.Name, a.place(), b.Name, b.place())
}

// UnknownError says that no plugin serves a component.
type UnknownError struct {
	Kind core.Kind
	Name string
	// Near is the name that was probably meant, Other the kind of which the name
	// is; either may be empty.
	Near  string
	Other core.Kind
	// Installed are the names of that kind, sorted.
	Installed []string
	// Problems are those of plugins that do not work, one of which might serve it.
	Problems error
}

func (e *UnknownError) Error() string { return e.Problem() + "\nhint: " + e.Hint() }

// Unwrap returns why other plugins do not work.
func (e *UnknownError) Unwrap() error { return e.Problems }

// Problem is the error without its hint.
func (e *UnknownError) Problem() string {
	text := fmt.Sprintf("unknown %s %q", e.Kind, e.Name)
	if e.Problems != nil {
		text += "; there are plugins that do not work:\n" + e.Problems.Error()
	}
	return text
}

// Hint says what to write instead.
func (e *UnknownError) Hint() string {
	installed := "no " + plurals[e.Kind] + " are installed"
	if len(e.Installed) > 0 {
		installed = "installed " + plurals[e.Kind] + ": " + strings.Join(e.Installed, ", ")
	}
	switch {
	case e.Other != "":
		return fmt.Sprintf("%q is a %s; %s", e.Name, e.Other, installed)
	case e.Near != "":
		return fmt.Sprintf("did you mean %q? %s", e.Near, installed)
	}
	return installed
}

var plurals = map[core.Kind]string{
	core.KindBackbone: "backbones", core.KindHead: "heads", core.KindLoss: "losses",
	core.KindAugmentation: "augmentations", core.KindStrategy: "ssl-strategies",
}

func (r *Registry) unknown(kind core.Kind, name string) *UnknownError {
	e := &UnknownError{Kind: kind, Name: name, Problems: r.Problems()}
	best := len(name)/3 + 1 // further away is another word
	for _, k := range core.Kinds {
		for _, d := range r.Components(k) {
			if k != kind && d.Name == name {
				e.Other = k
			}
			if k != kind {
				continue
			}
			e.Installed = append(e.Installed, d.Name)
			if distance := levenshtein.ComputeDistance(name, d.Name); distance <= best {
				best, e.Near = distance-1, d.Name
			}
		}
	}
	return e
}
