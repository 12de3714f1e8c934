package core

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// OptionType is the type of an option's value in a spec.
type OptionType string

// The types of options, and what a constructor finds in Values for each.
const (
	TypeBool   OptionType = "bool"   // bool
	TypeInt    OptionType = "int"    // int
	TypeFloat  OptionType = "float"  // float64; a spec may write an integer
	TypeString OptionType = "string" // string
	TypeInts   OptionType = "ints"   // []int
	TypeFloats OptionType = "floats" // []float64
	TypeTables OptionType = "tables" // []map[string]any, checked by the component itself
	// TypeStrings is []string; a spec may write one string or whole number for a list of one.
	TypeStrings OptionType = "strings"
)

// Option declares one key that a spec may set on a component.
type Option struct {
	Name string     `json:"name"`
	Type OptionType `json:"type"`
	// Default is the value of an option that the spec leaves out. Nil makes the option required.
	Default any `json:"default,omitempty"`
	// Min and Max bound a number, or each number of a list, inclusively.
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
	// Length, when not 0, is the exact length of a list.
	Length int `json:"length,omitempty"`
	// Choices, when given, are the only strings allowed.
	Choices []string `json:"choices,omitempty"`
	// Doc explains the value and names its unit.
	Doc string `json:"doc"`
}

// Check reports a declaration that is incomplete or contradicts itself.
func (o Option) Check() error {
	// A spec writes plugin = "…" among the options.
	if o.Name == "" || o.Name == "plugin" || o.Doc == "" {
		return fmt.Errorf("option %q needs a name other than plugin, and a doc", o.Name)
	}
	// A required option has no default to check.
	if o.Default == nil {
		return nil
	}
	if _, fault := o.Accept(o.Default); fault != nil {
		return fmt.Errorf("option %q: default: %w", o.Name, fault)
	}
	return nil
}

// Accept checks a raw value, as TOML or JSON decoded it, and returns it in the Go type
// that its OptionType names. The error is an *OptionError.
func (o Option) Accept(raw any) (any, error) {
	value, ok := o.convert(raw)
	if !ok {
		return nil, &OptionError{Path: o.Name, Problem: fmt.Sprintf("%s must be %s, not %s", o.Name, o.Wanted(),
			show(raw)), Hint: o.Doc}
	}
	if problem := o.outside(value); problem != "" {
		return nil, &OptionError{Path: o.Name, Problem: problem, Hint: o.Doc}
	}
	return value, nil
}

// Wanted describes the values that the option takes, for messages and docs.
func (o Option) Wanted() string {
	words := map[OptionType]string{TypeBool: "true or false", TypeInt: "a whole number", TypeFloat: "a number",
		TypeString: "a string", TypeInts: "a list of whole numbers", TypeFloats: "a list of numbers",
		TypeTables: "a list of tables", TypeStrings: "a list of strings"}[o.Type]
	if len(o.Choices) > 0 {
		words = "one of " + strings.Join(o.Choices, ", ")
	}
	if o.Length > 0 {
		words += fmt.Sprintf(" of length %d", o.Length)
	}
	switch {
	case o.Min != nil && o.Max != nil:
		words += fmt.Sprintf(" from %g to %g", *o.Min, *o.Max)
	case o.Min != nil:
		words += fmt.Sprintf(" of at least %g", *o.Min)
	case o.Max != nil:
		words += fmt.Sprintf(" of at most %g", *o.Max)
	}
	return words
}

// convert returns the value in the type that o.Type names, and reports whether it has
// one. Ranges are left to outside.
func (o Option) convert(raw any) (any, bool) {
	switch o.Type {
	case TypeBool:
		v, ok := raw.(bool)
		return v, ok
	case TypeString:
		v, ok := raw.(string)
		return v, ok
	case TypeInt:
		return whole(raw)
	case TypeFloat:
		return number(raw)
	case TypeInts:
		return list(raw, whole)
	case TypeFloats:
		return list(raw, number)
	case TypeStrings:
		if one, ok := text(raw); ok {
			return []string{one}, true
		}
		return list(raw, text)
	case TypeTables:
		return list(raw, func(e any) (map[string]any, bool) { t, ok := e.(map[string]any); return t, ok })
	}
	return nil, false
}

// outside says what is wrong with a value of the right type, "" if nothing is.
func (o Option) outside(value any) string {
	var numbers []float64
	// No list.
	length := -1
	switch v := value.(type) {
	case string:
		if len(o.Choices) > 0 && !slices.Contains(o.Choices, v) {
			return fmt.Sprintf("%s = %q is not one of %s", o.Name, v, strings.Join(o.Choices, ", "))
		}
	case int:
		numbers = []float64{float64(v)}
	case float64:
		numbers = []float64{v}
	case []int:
		length = len(v)
		for _, n := range v {
			numbers = append(numbers, float64(n))
		}
	case []float64:
		length, numbers = len(v), v
	case []map[string]any:
		length = len(v)
	case []string:
		length = len(v)
	}
	if o.Length > 0 && length >= 0 && length != o.Length {
		return fmt.Sprintf("%s must have %d values, not %d", o.Name, o.Length, length)
	}
	for _, n := range numbers {
		// TOML can write nan and inf. No comparison refuses a NaN, so it is asked for.
		if math.IsNaN(n) || math.IsInf(n, 0) || o.Min != nil && n < *o.Min || o.Max != nil && n > *o.Max {
			return fmt.Sprintf("%s = %g is out of range: it must be %s", o.Name, n, o.Wanted())
		}
	}
	return ""
}

// whole accepts Go, TOML and JSON numbers without a fraction. JSON decodes numbers as
// float64, which is exact up to 2^53 only, so anything beyond is refused.
func whole(raw any) (int, bool) {
	if n, ok := raw.(int64); ok {
		return int(n), -1<<53 <= n && n <= 1<<53
	}
	n, ok := number(raw)
	return int(n), ok && n == math.Trunc(n) && math.Abs(n) <= 1<<53
}

// number accepts what Go, TOML and JSON make of a number.
func number(raw any) (float64, bool) {
	switch v := raw.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// text takes a string, or a whole number as its digits: values of a column may look like
// numbers.
func text(raw any) (string, bool) {
	if s, ok := raw.(string); ok {
		return s, true
	}
	n, ok := whole(raw)
	return strconv.Itoa(n), ok
}

// list converts every element. A default has its Go type already, and is not copied.
func list[T any](raw any, element func(any) (T, bool)) ([]T, bool) {
	if typed, ok := raw.([]T); ok {
		return typed, true
	}
	items, ok := raw.([]any)
	if !ok {
		return nil, false
	}
	out := make([]T, 0, len(items))
	for _, item := range items {
		v, ok := element(item)
		if !ok {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

// show prints a value as a spec writes it, as far as strings go.
func show(raw any) string {
	if s, ok := raw.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(raw)
}
