package core

import (
	"fmt"
	"regexp"
	"strings"
)

// Kind is one of the five roles that a component can have.
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

// Component is one kind/name that a plugin serves, declared as a value, so that specs can
// be checked, documented and given defaults before any instance exists.
type Component struct {
	// Name is what specs write behind plugin = "…": lower case, digits, dashes.
	Name string
	// Doc explains to a spec author what the component does; the first sentence is the
	// summary. A loss states logits or probabilities and its reduction, an augmentation
	// its pixel range and units. Doc names the differences from the cited source.
	Doc string
	// Options are the keys that a spec may set beside plugin.
	Options []Option
	// Targets lists the target encodings that a loss accepts. Other kinds have none.
	Targets []TargetKind

	// Exactly one of these is set, and decides the kind. Each makes an instance from
	// options that were checked against Options and filled with defaults. A constructor
	// returns an *OptionError where options contradict each other.
	Backbone     func(Values) (Module, error)
	Head         func(Values) (Module, error)
	Loss         func(Values) (Loss, error)
	Augmentation func(Values) (Augmentation, error)
	Strategy     func(Values) (Strategy, error)
}

// Kind returns the component's kind, or "" unless exactly one constructor is set.
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

// Description returns the part of the component that can be sent over the wire.
func (c Component) Description() Description {
	return Description{Kind: c.Kind(), Name: c.Name, Doc: c.Doc, Options: c.Options, Targets: c.Targets}
}

// StandIn returns a component of this description whose instances instance makes, such as
// in another process. An instance that is not of the description's kind is an error.
func (d Description) StandIn(instance func(Values) (any, error)) Component {
	c := Component{Name: d.Name, Doc: d.Doc, Options: d.Options, Targets: d.Targets}
	// An unknown kind sets no constructor, which Check of the component refuses.
	switch d.Kind {
	case KindBackbone:
		c.Backbone = constructor[Module](d, instance)
	case KindHead:
		c.Head = constructor[Module](d, instance)
	case KindLoss:
		c.Loss = constructor[Loss](d, instance)
	case KindAugmentation:
		c.Augmentation = constructor[Augmentation](d, instance)
	case KindStrategy:
		c.Strategy = constructor[Strategy](d, instance)
	}
	return c
}

// constructor narrows a function that makes any instance to one kind.
func constructor[T any](d Description, instance func(Values) (any, error)) func(Values) (T, error) {
	return func(v Values) (made T, err error) {
		some, err := instance(v)
		if err != nil {
			return made, err
		}
		made, ok := some.(T)
		if !ok {
			return made, fmt.Errorf("%s: expected an instance of the kind, seen a %T", d.ID(), some)
		}
		return made, nil
	}
}

// Description is a component without its constructors: all that a host can know of it
// before it makes an instance.
type Description struct {
	Kind    Kind         `json:"kind"`
	Name    string       `json:"name"`
	Doc     string       `json:"doc"`
	Options []Option     `json:"options,omitempty"`
	Targets []TargetKind `json:"targets,omitempty"`
}

// ID returns kind/name, the key of the component in the registry.
func (d Description) ID() string { return string(d.Kind) + "/" + d.Name }

// Summary returns the first sentence of the doc.
func (d Description) Summary() string {
	if end := sentence.FindStringIndex(d.Doc); end != nil {
		return d.Doc[:end[0]+1]
	}
	return d.Doc
}

// sentence matches the end of a sentence. The capital after it keeps "et al. 2017" whole.
var sentence = regexp.MustCompile(`\.\s+\p{Lu}`)

var componentName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Check reports why a component cannot be served: its declaration is incomplete or
// contradicts itself.
func (c Component) Check() error {
	switch {
	case !componentName.MatchString(c.Name):
		return fmt.Errorf("component name %q must consist of lower case letters, digits and single dashes", c.Name)
	case c.Kind() == "":
		return fmt.Errorf("component %q: exactly one of Backbone, Head, Loss, Augmentation, Strategy must be set",
			c.Name)
	case strings.TrimSpace(c.Doc) == "":
		return fmt.Errorf("component %q has no doc", c.Name)
	// A spec is refused before training where a branch and its loss disagree on targets.
	case (c.Kind() == KindLoss) != (len(c.Targets) > 0):
		return fmt.Errorf("component %q: a loss must list the targets it takes, and no other kind may", c.Name)
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
