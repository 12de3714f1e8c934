package layers

import (
	"errors"
	"fmt"
	"strings"

	"montage/core"
	"montage/core/hint"
)

// fieldStep is one checked table: a layer.
type fieldStep struct {
	kind kind
	// path leads to the table in the spec, such as layers[3]; name is the prefix of the
	// parameters, such as conv3.
	path, name string
	values     core.Values
	inner      []fieldStep
}

// location is a list of tables in a spec.
type location struct {
	path, name string
	kinds      []kind
}

// parse checks a list of tables. It returns all problems, joined, each a
// *core.OptionError.
func parse(tables []map[string]any, at location) ([]fieldStep, error) {
	if len(tables) == 0 {
		return nil, &core.OptionError{Path: at.path, Problem: "the list of layers is empty", Hint: "kinds: " +
			kindNames(at.kinds)}
	}
	var steps []fieldStep
	var problems []error
	for i, table := range tables {
		s, err := parseOne(table, at, i)
		steps, problems = append(steps, s), append(problems, err)
	}
	return steps, errors.Join(problems...)
}

func parseOne(table map[string]any, at location, i int) (fieldStep, error) {
	s := fieldStep{path: fmt.Sprintf("%s[%d]", at.path, i)}
	k, err := findKind(table["kind"], s.path, at.kinds)
	if err != nil {
		return s, err
	}
	s.kind, s.name = k, fmt.Sprintf("%s%s%d", at.name, k.name, i)
	raw := map[string]any{}
	for key, v := range table {
		if key != "kind" {
			raw[key] = v
		}
	}
	var problems []error
	var faults []*core.OptionError
	s.values, faults = core.Check(k.options, raw)
	for _, f := range faults {
		problems = append(problems, k.located(f, s.path))
	}
	if inner, ok := s.values["layers"].([]map[string]any); ok {
		var err error
		s.inner, err = parse(inner, location{path: s.path + ".layers", name: s.name + ".", kinds: at.kinds})
		problems = append(problems, err)
	}
	return s, errors.Join(problems...)
}

func findKind(raw any, path string, kinds []kind) (kind, error) {
	hint := "kinds: " + kindNames(kinds)
	if raw == nil {
		return kind{}, &core.OptionError{Path: path, Problem: "the layer has no kind", Hint: hint}
	}
	name, ok := raw.(string)
	if !ok {
		return kind{}, &core.OptionError{Path: path + ".kind", Problem: fmt.Sprintf("kind must be a string, not %v",
			raw), Hint: hint}
	}
	var names []string
	for _, k := range kinds {
		if k.name == name {
			return k, nil
		}
		names = append(names, k.name)
	}
	return kind{}, &core.OptionError{Path: path + ".kind", Problem: fmt.Sprintf("unknown kind %q", name),
		Hint: meant(name, names) + hint}
}

// located adds the path of a layer to the fault of one of its options. If the key is unknown,
// it lists the known ones.
func (k kind) located(fault *core.OptionError, path string) error {
	f := *fault
	f.Path = path
	if fault.Path == "" {
		f.Problem = k.name + ": " + f.Problem
		return &f
	}
	f.Path += "." + fault.Path
	if f.Unknown {
		names := []string{"kind"}
		for _, o := range k.options {
			names = append(names, o.Name)
		}
		f.Hint = meant(fault.Path, names) + "keys of " + k.name + ": " + strings.Join(names, ", ")
	}
	return &f
}

// meant returns a hint with the known name that is at most two typos away.
func meant(name string, known []string) string {
	if question := hint.DidYouMean(name, known); question != "" {
		return question + " "
	}
	return ""
}
