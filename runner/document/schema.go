package document

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"montage/core"
	"montage/core/spec"
)

// object is a JSON Schema or a part of one.
type object = map[string]any

// Schema returns a JSON Schema (draft 7) of a spec in which the components may be
// used, for editors that complete and check TOML. It refuses unknown keys, wrong
// types and values out of range. It requires no key but plugin, since a spec may take any
// other from the one that it extends; the runner checks that all are there.
//
// Choices are written with oneOf and enum, which more editors complete from than
// from if and const.
func Schema(components []core.Description) ([]byte, error) {
	s := schema{sections: map[string]spec.Section{}, components: components, definitions: object{}}
	for _, section := range spec.Sections() {
		s.sections[section.Name] = section
	}
	root := s.table("")
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "Montage spec"
	for _, kind := range core.Kinds {
		s.define(kind)
	}
	root["definitions"] = s.definitions
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return append(text, '\n'), nil
}

type schema struct {
	sections    map[string]spec.Section
	components  []core.Description
	definitions object
}

// table returns the schema of a section.
func (s *schema) table(path string) object {
	section := s.sections[path]
	properties := optionProperties(section.Options)
	for _, key := range section.Tables {
		properties[key] = s.child(path, key)
	}
	t := object{"type": "object", "description": section.Doc, "properties": properties, "additionalProperties": false}
	if each, ok := properties[spec.AnyClass]; ok {
		delete(properties, spec.AnyClass)
		t["additionalProperties"] = each
	}
	if slices.Contains(section.Tables, "head") {
		t["additionalProperties"] = reference(core.KindHead) // heads that a strategy names
	}
	return t
}

// child returns the schema of what a section holds under a key: components, a table,
// or tables by name.
func (s *schema) child(path, key string) object {
	inner := strings.TrimPrefix(path+"."+key, ".")
	switch key {
	case "backbone":
		return reference(core.KindBackbone)
	case "strategy":
		return reference(core.KindStrategy)
	case "head":
		return reference(core.KindHead)
	case "loss":
		return reference(core.KindLoss)
	case "augment":
		return object{"type": "array", "items": reference(core.KindAugmentation)}
	}
	if _, ok := s.sections[inner]; ok {
		return s.table(inner)
	}
	for name := range s.sections {
		if rest, ok := strings.CutPrefix(name, inner+"."); ok && len(rest) == 1 { // X or Y
			return object{"type": "object", "additionalProperties": s.table(name)}
		}
	}
	return object{"type": "object"}
}

func reference(kind core.Kind) object { return object{"$ref": "#/definitions/" + string(kind)} }

// define adds the schemas of all components of a kind, and of a choice of them. A
// table without plugin adds to that of the spec which this one extends.
func (s *schema) define(kind core.Kind) {
	choices := []any{object{"type": "object", "not": object{"required": []string{"plugin"}}}}
	for _, c := range s.components {
		if c.Kind != kind {
			continue
		}
		name := string(kind) + "." + c.Name
		s.definitions[name] = s.component(c)
		choices = append(choices, object{"$ref": "#/definitions/" + name})
	}
	s.definitions[string(kind)] = object{"oneOf": choices}
}

func (s *schema) component(c core.Description) object {
	properties := optionProperties(c.Options)
	if c.Kind == core.KindBackbone {
		for key, value := range s.table("backbone")["properties"].(object) {
			properties[key] = value
		}
	}
	properties["plugin"] = object{"type": "string", "enum": []string{c.Name}, "description": c.Summary()}
	return object{"type": "object", "description": c.Doc, "required": []string{"plugin"},
		"properties": properties, "additionalProperties": false}
}

func optionProperties(options []core.Option) object {
	properties := object{}
	for _, o := range options {
		properties[o.Name] = optionSchema(o)
	}
	return properties
}

func optionSchema(o core.Option) object {
	names := map[core.OptionType]string{core.TypeBool: "boolean", core.TypeInt: "integer", core.TypeFloat: "number",
		core.TypeString: "string"}
	out := object{"type": names[o.Type]}
	element := out
	switch o.Type {
	case core.TypeInts:
		element = object{"type": "integer"}
	case core.TypeFloats:
		element = object{"type": "number"}
	case core.TypeTables:
		element = object{"type": "object"}
	case core.TypeStrings:
		one := []string{"string", "integer"}
		return object{"anyOf": []object{{"type": one}, {"type": "array", "items": object{"type": one}}},
			"description": o.Doc}
	}
	if names[o.Type] == "" {
		out["type"], out["items"] = "array", element
	}
	if len(o.Choices) > 0 {
		out["enum"] = o.Choices
	}
	if o.Min != nil {
		element["minimum"] = *o.Min
	}
	if o.Max != nil {
		element["maximum"] = *o.Max
	}
	if o.Length > 0 {
		out["minItems"], out["maxItems"] = o.Length, o.Length
	}
	if o.Default != nil {
		out["default"] = o.Default
	}
	out["description"] = o.Doc
	return out
}
