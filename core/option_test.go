package core

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestAcceptConvertsWhatTOMLAndJSONGive(t *testing.T) {
	cases := []struct {
		option Option
		raw    any
		want   any
	}{
		{Option{Type: TypeInt}, int64(3), 3},
		{Option{Type: TypeInt}, 3.0, 3},
		{Option{Type: TypeFloat}, int64(2), 2.0},
		{Option{Type: TypeBool}, true, true},
		{Option{Type: TypeString, Choices: []string{"mean", "max"}}, "max", "max"},
	}
	for _, c := range cases {
		c.option.Name, c.option.Doc = "o", "d"
		if got, err := c.option.Accept(c.raw); err != nil || got != c.want {
			t.Errorf("%v of %v gave %v (%T), %v", c.option.Type, c.raw, got, got, err)
		}
	}
	ints, err := Option{Name: "o", Type: TypeInts}.Accept([]any{int64(1), 2.0})
	if err != nil || len(ints.([]int)) != 2 || ints.([]int)[1] != 2 {
		t.Errorf("ints gave %v, %v", ints, err)
	}
	strings := Option{Name: "o", Type: TypeStrings}
	for _, raw := range []any{"0", int64(0), []any{"0"}, []any{0.0}, []string{"0"}} {
		if got, err := strings.Accept(raw); err != nil || !slices.Equal(got.([]string), []string{"0"}) {
			t.Errorf("strings of %v gave %v, %v", raw, got, err)
		}
	}
}

func TestAcceptRefuses(t *testing.T) {
	cases := []struct {
		option Option
		raw    any
		want   string
	}{
		{Option{Type: TypeInt}, 3.5, "must be a whole number, not 3.5"},
		{Option{Type: TypeInt}, "3", `must be a whole number, not "3"`},
		{Option{Type: TypeBool}, int64(1), "must be true or false"},
		{Option{Type: TypeFloat, Min: new(0.0), Max: new(1.0)}, 1.5, "out of range: it must be a number from 0 to 1"},
		{Option{Type: TypeFloats, Length: 2}, []any{1.0}, "must have 2 values, not 1"},
		{Option{Type: TypeFloats, Min: new(0.0)}, []any{1.0, -1.0}, "at least 0"},
		{Option{Type: TypeString, Choices: []string{"mean", "max"}}, "sum", "not one of mean, max"},
		{Option{Type: TypeTables}, []any{1.0}, "a list of tables"},
		{Option{Type: TypeStrings}, []any{1.5}, "a list of strings"},
	}
	for _, c := range cases {
		c.option.Name, c.option.Doc = "o", "the doc"
		_, err := c.option.Accept(c.raw)
		var fault *OptionError
		if !errors.As(err, &fault) || !strings.Contains(fault.Problem, c.want) || fault.Hint != "the doc" {
			t.Errorf("%v of %v gave %v, want %q", c.option.Type, c.raw, err, c.want)
		}
	}
}

func TestCheckFindsEveryProblem(t *testing.T) {
	options := []Option{
		{Name: "p", Type: TypeFloat, Default: 0.5, Max: new(1.0), Doc: "probability"},
		{Name: "hidden", Type: TypeInts, Doc: "widths"},
	}
	_, faults := Check(options, map[string]any{"p": 2.0, "hiden": []any{}})
	if len(faults) != 3 || faults[0].Path != "" || faults[1].Path != "hiden" || !faults[1].Unknown ||
		faults[2].Path != "p" {
		t.Errorf("got %v", faults)
	}
	values, faults := Check(options, map[string]any{"hidden": []any{int64(4)}})
	var into struct {
		P      float64 `option:"p"`
		Hidden []int   `option:"hidden"`
	}
	values.Into(&into)
	if len(faults) != 0 || into.P != 0.5 || into.Hidden[0] != 4 {
		t.Errorf("got %+v, %v", into, faults)
	}
}

func TestComponentCheck(t *testing.T) {
	loss := func(Values) (Loss, error) { return nil, nil }
	good := Component{Name: "nt-xent", Doc: "A loss.", Targets: []TargetKind{TargetNone}, Loss: loss}
	if err := good.Check(); err != nil || good.Kind() != KindLoss {
		t.Errorf("%v of kind %q", err, good.Kind())
	}
	for name, spoil := range map[string]func(*Component){
		"name":     func(c *Component) { c.Name = "NT" },
		"doc":      func(c *Component) { c.Doc = " " },
		"kind":     func(c *Component) { c.Loss = nil },
		"kinds":    func(c *Component) { c.Augmentation = func(Values) (Augmentation, error) { return nil, nil } },
		"targets":  func(c *Component) { c.Targets = nil },
		"no doc":   func(c *Component) { c.Options = []Option{{Name: "x", Type: TypeInt, Default: 1}} },
		"default":  func(c *Component) { c.Options = []Option{{Name: "x", Type: TypeInt, Default: "1", Doc: "d"}} },
		"repeated": func(c *Component) { o := Option{Name: "x", Type: TypeInt, Doc: "d"}; c.Options = []Option{o, o} },
	} {
		bad := good
		spoil(&bad)
		if bad.Check() == nil {
			t.Errorf("%s: passed", name)
		}
	}
}
