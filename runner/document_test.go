package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"montage/core"
	"montage/core/spec"
	"montage/runner/document"
)

func descriptions() (all []core.Description) {
	for _, b := range bundled() {
		for _, c := range b.Components {
			all = append(all, c.Description())
		}
	}
	return append(all, spec.FeatureBackboneDescription())
}

func specSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := document.Schema(descriptions())
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("spec.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("spec.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// asJSON turns TOML into what a schema checks.
func asJSON(t *testing.T, text string) any {
	t.Helper()
	var tree map[string]any
	if err := toml.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err, "\n", text)
	}
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestSchemaTakesEverySpec(t *testing.T) {
	schema := specSchema(t)
	seen := 0
	err := filepath.WalkDir("../specs", func(path string, entry os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".toml" {
			return err
		}
		seen++
		if err := schema.Validate(asJSON(t, read(t, path))); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil || seen < 8 {
		t.Errorf("%d specs, %v", seen, err)
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := specSchema(t)
	for name, text := range map[string]string{
		"a key at the top":         `sede = 7`,
		"a key of data":            "[data]\nbath = 8",
		"a type":                   "[data]\nbatch = \"8\"",
		"a range":                  "[data]\nbatch = 0",
		"a choice":                 "[data]\non_error = \"stop\"",
		"a backbone":               "[backbone]\nplugin = \"resnet19\"",
		"a backbone's option":      "[backbone]\nplugin = \"resnet18\"\nwith = 16",
		"an option's range":        "[backbone]\nplugin = \"resnet18\"\nwidth = 0",
		"a loss for a head":        "[branch.supervised]\nhead = { plugin = \"bce\" }",
		"an augmentation":          "[branch.supervised]\naugment = [{ plugin = \"affin\" }]",
		"an augmentation, no list": "[branch.supervised]\naugment = { plugin = \"mirror\" }",
		"a length":                 "[branch.supervised]\naugment = [{ plugin = \"affine\", rotate = [1.0] }]",
		"a schedule":               "[branch.supervised.optimizer.schedule]\nkind = \"cosin\"",
		"a phase's key":            "[phase.joint]\nepoch = 1",
		"a further head":           "[branch.supervised]\nhaed = { plugin = \"nothing\" }",
	} {
		if err := schema.Validate(asJSON(t, text)); err == nil {
			t.Errorf("%s: accepted:\n%s", name, text)
		}
	}
}

// TestPagesAreComplete reads the pages as a user would: every key that the parser
// takes is there, and every example is a table that the schema takes.
func TestPagesAreComplete(t *testing.T) {
	dir, schema := t.TempDir(), specSchema(t)
	n, err := document.Write(dir, descriptions())
	if err != nil || n != len(descriptions())+2 {
		t.Fatal(n, err)
	}
	index, tables := read(t, filepath.Join(dir, "README.md")), read(t, filepath.Join(dir, "spec.md"))
	for _, section := range spec.Sections() {
		_, own, found := strings.Cut(tables, "## ["+section.Name+"]\n")
		if section.Name == "" {
			_, own, found = strings.Cut(tables, "## The top\n")
		}
		own, _, _ = strings.Cut(own, "\n## ")
		if !found || !strings.Contains(own, section.Doc) {
			t.Errorf("spec.md has nothing about [%s]", section.Name)
		}
		for _, o := range section.Options {
			if !strings.Contains(own, "| `"+o.Name+"` |") || !strings.Contains(own, o.Wanted()) {
				t.Errorf("[%s] in spec.md lacks %s", section.Name, o.Name)
			}
		}
	}
	for _, d := range descriptions() {
		link := string(d.Kind) + "/" + d.Name + ".md"
		page := read(t, filepath.Join(dir, link))
		if !strings.Contains(index, link) || !strings.Contains(page, d.Doc) {
			t.Errorf("%s is not in the index, or its page lacks its doc", d.ID())
		}
		example := between(t, page, "```toml\n", "```")
		if err := schema.Validate(asJSON(t, example)); err != nil {
			t.Errorf("%s: %v\n%s", d.ID(), err, example)
		}
		for _, o := range d.Options {
			if !strings.Contains(page, "| `"+o.Name+"` |") || !strings.Contains(example, o.Name+" = ") {
				t.Errorf("%s: the page lacks %s", d.ID(), o.Name)
			}
		}
	}
}
