package core

import (
	"errors"
	"reflect"
	"testing"
)

func TestSummaryIsTheFirstSentence(t *testing.T) {
	for doc, want := range map[string]string{
		"One. Two.": "One.",
		"The focal loss (Lin et al. 2017, equation 4). Predictions are logits.": "The focal loss (Lin et al. 2017, " +
			"equation 4).",
		"No end":        "No end",
		"Lines.\nMore.": "Lines.",
	} {
		if got := (Description{Doc: doc}).Summary(); got != want {
			t.Errorf("%q: summary %q, want %q", doc, got, want)
		}
	}
}

// TestNewCallsTheConstructorOfTheKind gives each constructor an error of its own.
func TestNewCallsTheConstructorOfTheKind(t *testing.T) {
	errs := map[Kind]error{}
	for _, k := range Kinds {
		errs[k] = errors.New(string(k))
	}
	for kind, c := range map[Kind]Component{
		KindBackbone:     {Backbone: func(Values) (Module, error) { return nil, errs[KindBackbone] }},
		KindHead:         {Head: func(Values) (Module, error) { return nil, errs[KindHead] }},
		KindLoss:         {Loss: func(Values) (Loss, error) { return nil, errs[KindLoss] }},
		KindAugmentation: {Augmentation: func(Values) (Augmentation, error) { return nil, errs[KindAugmentation] }},
		KindStrategy:     {Strategy: func(Values) (Strategy, error) { return nil, errs[KindStrategy] }},
	} {
		if _, err := c.New(nil); err != errs[kind] {
			t.Errorf("%s: the error is %v", kind, err)
		}
	}
	if _, err := (Component{Name: "none"}).New(nil); err == nil {
		t.Error("a component without a constructor was made")
	}
}

// TestStandInIsOfItsKind makes one of each kind, and refuses what is of none.
func TestStandInIsOfItsKind(t *testing.T) {
	reached := errors.New("reached")
	for _, kind := range Kinds {
		d := Description{Kind: kind, Name: "x", Doc: "An x."}
		c := d.StandIn(func(Values) (any, error) { return nil, reached })
		if !reflect.DeepEqual(c.Description(), d) {
			t.Errorf("the stand-in for %+v is described as %+v", d, c.Description())
		}
		if _, err := c.New(nil); err != reached {
			t.Errorf("%s: the error is %v", kind, err)
		}
		if _, err := d.StandIn(func(Values) (any, error) { return 1, nil }).New(nil); err == nil {
			t.Errorf("a number is a %s", kind)
		}
	}
}
