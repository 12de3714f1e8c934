package registry

import (
	"encoding/json"
	"strings"
	"testing"

	"montage/core"
)

// described has defaults of several types, as a bundled plugin hands them over.
func described() core.Description {
	least := 1.0
	return core.Description{Kind: core.KindHead, Name: "mlp", Doc: "Layers.", Options: []core.Option{
		{Name: "hidden", Type: core.TypeInts, Default: []int{16, 8}, Min: &least, Doc: "sizes"},
		{Name: "rate", Type: core.TypeFloat, Default: 1, Doc: "a share"},
	}}
}

// TestDescriptionsAreComparedByValue before and after the wire.
func TestDescriptionsAreComparedByValue(t *testing.T) {
	document, err := json.Marshal(described())
	if err != nil {
		t.Fatal(err)
	}
	var sent core.Description
	if err := json.Unmarshal(document, &sent); err != nil {
		t.Fatal(err)
	}
	if what := firstChange([]core.Description{described()}, []core.Description{sent}); what != "" {
		t.Errorf("the wire changed %s", what)
	}
	empty := core.Description{Kind: core.KindLoss, Name: "sum"}
	none := empty
	none.Options = []core.Option{}
	if what := firstChange([]core.Description{empty}, []core.Description{none}); what != "" {
		t.Errorf("an empty list is another than none: %s", what)
	}
	for name, change := range map[string]func(*core.Description){
		"doc":     func(d *core.Description) { d.Doc = "Sheets." },
		"default": func(d *core.Description) { d.Options[0].Default = []int{16, 9} },
		"bound":   func(d *core.Description) { least := 2.0; d.Options[0].Min = &least },
		"option":  func(d *core.Description) { d.Options = d.Options[:1] },
	} {
		other := described()
		change(&other)
		what := firstChange([]core.Description{described(), described()}, []core.Description{described(), other})
		if !strings.HasPrefix(what, "head/mlp\n  expected: ") {
			t.Errorf("another %s is reported as %q", name, what)
		}
	}
}
