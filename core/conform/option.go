package conform

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"montage/core"
)

// options sets every option to values that its declaration forbids, and to its bounds.
func (k *kit) options(context.Context) error {
	if err := k.accepted(k.subject.Options); err != nil {
		return fmt.Errorf("the given options with the defaults: %w", err)
	}
	if err := k.refused("no-such-option", true); err != nil {
		return err
	}
	for _, o := range k.subject.Component.Options {
		for _, bad := range badValues(o) {
			if err := k.refused(o.Name, bad); err != nil {
				return err
			}
		}
		for _, bound := range bounds(o) {
			err := k.accepted(k.with(o.Name, bound))
			// A bound may be refused together with other options, as long as the error
			// names one of them.
			var fault *core.OptionError
			if err != nil && !errors.As(err, &fault) {
				return fmt.Errorf("%s = %v, which its declaration allows: %w", o.Name, bound, err)
			}
		}
	}
	return k.missing()
}

// with returns a copy, because the subject's options belong to the caller.
func (k *kit) with(name string, value any) map[string]any {
	out := maps.Clone(k.subject.Options)
	if out == nil {
		out = map[string]any{}
	}
	out[name] = value
	return out
}

func (k *kit) accepted(options map[string]any) error {
	_, err := k.subject.instance(options)
	return err
}

// refused requires an error that names the option.
func (k *kit) refused(name string, bad any) error {
	_, err := k.subject.instance(k.with(name, bad))
	var fault *core.OptionError
	switch {
	case err == nil:
		return fmt.Errorf("%s = %v is accepted", name, bad)
	case !errors.As(err, &fault):
		return fmt.Errorf("%s = %v is refused, but the error does not name the option: %w", name, bad, err)
	}
	return nil
}

// missing leaves out each option without a default.
func (k *kit) missing() error {
	for _, o := range k.subject.Component.Options {
		if o.Default != nil {
			continue
		}
		options := maps.Clone(k.subject.Options)
		delete(options, o.Name)
		if k.accepted(options) == nil {
			return fmt.Errorf("%s is required, but may be left out", o.Name)
		}
	}
	return nil
}

// badValues returns values of another type, outside the bounds, or of another length.
func badValues(o core.Option) (out []any) {
	if o.Type == core.TypeBool {
		// No implicit conversion: text that looks like a value is still of the wrong
		// type.
		out = append(out, "true")
	} else {
		out = append(out, true)
	}
	if len(o.Choices) > 0 {
		out = append(out, "no-such-choice")
	}
	// A constructor that rounds would train something else than the spec says.
	if o.Type == core.TypeInt {
		out = append(out, 0.5)
	}
	if o.Min != nil {
		out = append(out, shaped(o, *o.Min-1))
	}
	if o.Max != nil {
		out = append(out, shaped(o, *o.Max+1))
	}
	if o.Length > 0 && (o.Type == core.TypeInts || o.Type == core.TypeFloats) {
		out = append(out, make([]any, 0), list(o.Length+1, 1))
	}
	return out
}

func bounds(o core.Option) (out []any) {
	if o.Min != nil {
		out = append(out, shaped(o, *o.Min))
	}
	if o.Max != nil {
		out = append(out, shaped(o, *o.Max))
	}
	return out
}

// shaped returns v, or a list of it, as the option's type requires.
func shaped(o core.Option, v float64) any {
	if o.Type == core.TypeInts || o.Type == core.TypeFloats {
		return list(max(o.Length, 1), v)
	}
	return v
}

func list(n int, v float64) []any {
	out := make([]any, n)
	all(out, any(v))
	return out
}
