package core

import (
	"fmt"
	"reflect"
	"sort"
)

// Values are a component's options after Check: every declared option is present, in the
// Go type that its OptionType names.
type Values map[string]any

// Check turns raw options, as TOML or JSON decoded them, into Values. It returns
// all problems, in the order of the option names.
func Check(options []Option, raw map[string]any) (Values, []*OptionError) {
	values, faults := Values{}, []*OptionError(nil)
	known := map[string]bool{}
	for _, o := range options {
		known[o.Name] = true
		given, ok := raw[o.Name]
		if !ok {
			given = o.Default
		}
		// Neither the spec nor the declaration has a value.
		if given == nil {
			faults = append(faults, &OptionError{Problem: fmt.Sprintf("option %q is missing; it must be %s", o.Name,
				o.Wanted()), Hint: o.Doc})
			continue
		}
		v, err := o.Accept(given)
		if err != nil {
			faults = append(faults, err.(*OptionError))
			continue
		}
		values[o.Name] = v
	}
	for name := range raw {
		if !known[name] {
			faults = append(faults, &OptionError{Path: name, Unknown: true, Problem: fmt.Sprintf("unknown option %q",
				name)})
		}
	}
	// The loop above follows a map, whose order changes from run to run. Missing options
	// have no path; they come first, in the order of their declaration.
	sort.SliceStable(faults, func(i, j int) bool { return faults[i].Path < faults[j].Path })
	return values, faults
}

// ValuesOf returns the fields of a struct that carry the tag `option:"name"`: the other
// way of [Values.Into].
func ValuesOf(source any) Values {
	s, values := reflect.ValueOf(source), Values{}
	for i := range s.NumField() {
		if name, ok := s.Type().Field(i).Tag.Lookup("option"); ok {
			values[name] = s.Field(i).Interface()
		}
	}
	return values
}

// Into copies the values into the fields of a struct that carry the tag
// `option:"name"`. A tag that names no option, or a field of another type, is a mistake in
// the component, not in a spec. It panics, so that the component's first test finds it.
func (v Values) Into(target any) {
	s := reflect.ValueOf(target).Elem()
	for i := range s.NumField() {
		name, ok := s.Type().Field(i).Tag.Lookup("option")
		if !ok {
			continue
		}
		value, ok := v[name]
		if !ok {
			panic(fmt.Sprintf("core: option %q is not declared", name))
		}
		s.Field(i).Set(reflect.ValueOf(value))
	}
}
