package core

import (
	"fmt"
	"regexp"
	"strings"
)

// Kind is one of the five places in a pipeline that a component can fill.
type Kind string

// The kinds, as specs, plugins and the wire name them.
const (
	KindBackbone     Kind = "backbone"
	KindHead         Kind = "head"
	KindLoss         Kind = "loss"
	KindAugmentation Kind = "augmentation"
	KindStrategy     Kind = "ssl-strategy"
)

// Kinds lists all kinds in the order in which documentation shows them.
var Kinds = []Kind{KindBackbone, KindHead, KindLoss, KindAugmentation, KindStrategy}

// Component is one kind/name that a plugin serves, declared as a value: specs are
// checked, documented and completed from it before any instance exists.
type Component struct {
	// Name is what specs write behind plugin = "…": lower case, digits, dashes.
	Name string
	// Doc tells a spec author what it does; its first sentence is the summary.
	// A loss states logits or probabilities and its reduction, an augmentation
	// its pixel range and units. Differences from the cited source are named.
	Doc string
	// Options are all keys that a spec may set beside plugin.
	Options []Option
	// Targets lists the kinds of target that a loss can be given.
	Targets []TargetKind

	// Exactly one of these is set, and decides the kind. Each makes an instance
	// from options that were checked against Options and filled with defaults.
	Backbone     func(Values) (Module, error)
	Head         func(Values) (Module, error)
	Loss         func(Values) (Loss, error)
	Augmentation func(Values) (Augmentation, error)
	Strategy     func(Values) (Strategy, error)
}

// Kind returns the component's kind, or "" where not exactly one constructor is set.
func (c Component) Kind() Kind {
	set := map[Kind]bool{
		KindBackbone: c.Backbone != nil, KindHead: c.Head != nil, KindLoss: c.Loss != nil,
		KindAugmentation: c.Augmentation != nil, KindStrategy: c.Strategy != nil,
	}
	found := Kind("")
	for _, k := range Kinds {
		if set[k] && found != "" {
			return ""
		}
		if set[k] {
			found = k
		}
	}
	return found
}

// New makes an instance of the component, whatever its kind: a [Module], [Loss],
// [Augmentation] or [Strategy]. The values are checked already, as the constructors
// expect them.
func (c Component) New(values Values) (any, error) {
	switch c.Kind() {
	case KindBackbone:
		return c.Backbone(values)
	case KindHead:
		return c.Head(values)
	case KindLoss:
		return c.Loss(values)
	case KindAugmentation:
		return c.Augmentation(values)
	case KindStrategy:
		return c.Strategy(values)
	}
	return nil, fmt.Errorf("component %q: exactly one constructor must be set", c.Name)
}

// Description returns what the wire carries of the component.
func (c Component) Description() Description {
	return Description{Kind: c.Kind(), Name: c.Name, Doc: c.Doc, Options: c.Options, Targets: c.Targets}
}

// Description is a component as a host sees it: everything but its code.
type Description struct {
	Kind    Kind         `json:"kind"`
	Name    string       `json:"name"`
	Doc     string       `json:"doc"`
	Options []Option     `json:"options,omitempty"`
	Targets []TargetKind `json:"targets,omitempty"`
}

// ID returns kind/name, by which the registry knows the component.
func (d Description) ID() string { return string(d.Kind) + "/" + d.Name }

// Summary returns the first sentence of the doc.
func (d Description) Summary() string {
	if end := sentence.FindStringIndex(d.Doc); end != nil {
		return d.Doc[:end[0]+1]
	}
	return d.Doc
}

// sentence ends where another begins: "et al. 2017" does not.
var sentence = regexp.MustCompile(`\.\s+\p{Lu}`)

var componentName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Check reports what keeps a component from being served: a description that
// users could not read or that its own defaults contradict.
func (c Component) Check() error {
	switch {
	case !componentName.MatchString(c.Name):
		return fmt.Errorf("component name %q is not of lower case letters, digits and single dashes", c.Name)
	case c.Kind() == "":
		return fmt.Errorf("component %q: exactly one of Backbone, Head, Loss, Augmentation, Strategy must be set",
			c.Name)
	case strings.TrimSpace(c.Doc) == "":
		return fmt.Errorf("component %q has no doc", c.Name)
	case (c.Kind() == KindLoss) != (len(c.Targets) > 0):
		return fmt.Errorf("component %q: a loss, and nothing else, lists the targets it takes", c.Name)
	}
	seen := map[string]bool{}
	for _, o := range c.Options {
		if err := o.Check(); err != nil {
			return fmt.Errorf("component %q: %w", c.Name, err)
		}
		if seen[o.Name] {
			return fmt.Errorf("component %q declares option %q twice", c.Name, o.Name)
		}
		seen[o.Name] = true
	}
	return nil
}
