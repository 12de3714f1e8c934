package labelfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const objectHint = "each sample is an object: {\"id\": \"a\", \"labels\": [\"Drama\"]}"

// readLines reads JSON Lines: an object a line.
func (t *Table) readLines(file string, text []byte) {
	line := 0
	for raw := range bytes.SplitSeq(text, []byte("\n")) {
		if line++; len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		var object map[string]any
		if err := unmarshal(raw, &object); err != nil {
			t.problem(file, line, err.Error(), objectHint)
			continue
		}
		t.object(Row{File: file, Line: line}, object)
	}
	if line == 0 || len(t.Rows)+len(t.Problems) == 0 {
		t.problem(file, 1, "the file is empty", objectHint)
	}
}

// readJSON reads one object where each sample has a file; else a list of objects, or an
// object of them by their ids.
func (t *Table) readJSON(file string, text []byte, each bool) {
	stem := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	numbers := lines{text: text}
	line := func() int { return numbers.at(decoder.InputOffset()) }
	if each {
		var object map[string]any
		if err := decoder.Decode(&object); err != nil {
			t.problem(file, line(), "not a JSON object: "+err.Error(), objectHint)
			return
		}
		t.object(Row{File: file, Line: 1, Key: stem}, object)
		return
	}
	if isCOCO(text) {
		t.readCOCO(file, text)
		return
	}
	open, err := decoder.Token()
	if err != nil || open != json.Delim('[') && open != json.Delim('{') {
		t.problem(file, 1, "expected a JSON list or object", objectHint)
		return
	}
	for decoder.More() {
		row := Row{File: file, Line: numbers.next(decoder.InputOffset())}
		if open == json.Delim('{') {
			key, err := decoder.Token()
			if err != nil {
				break // the end, below, reports it
			}
			row.Key, _ = key.(string)
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			t.problem(file, line(), err.Error(), objectHint)
			return
		}
		object, ok := value.(map[string]any)
		if !ok {
			object = map[string]any{"labels": value} // {"id": ["Drama"]}
		}
		t.object(row, object)
	}
	if _, err := decoder.Token(); err != nil {
		t.problem(file, line(), "the file ends early: "+err.Error(), objectHint)
	}
}

func unmarshal(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	err := decoder.Decode(into)
	if err == nil {
		if _, rest := decoder.Token(); !errors.Is(rest, io.EOF) {
			err = errors.New("more than one object in the line")
		}
	}
	return err
}

// object adds a row with the values of an object.
func (t *Table) object(r Row, object map[string]any) {
	r.values = make([]placed, 0, len(object))
	t.flatten(&r, "", object)
	slices.SortFunc(r.values, func(a, b placed) int { return a.place - b.place })
	for i := range max(0, len(r.values)-1) {
		if place := r.values[i].place; place == r.values[i+1].place {
			key := t.Columns[slices.IndexFunc(t.Columns, func(c string) bool { return t.places[c] == place })]
			t.problem(r.File, r.Line, fmt.Sprintf("two values have the key %q", key), "a dot in a key stands for a "+
				"level too: rename one of the keys")
			return
		}
	}
	r.places = t.places
	t.Rows = append(t.Rows, r)
}

// flatten adds scalars and lists of scalars to a row, those of inner objects with a dotted key. Null counts as no
// value, and what is none of these is left out.
func (t *Table) flatten(r *Row, prefix string, object map[string]any) {
	for key, value := range object {
		key = prefix + key
		switch v := value.(type) {
		case map[string]any:
			t.flatten(r, key+".", v)
		case []any:
			list := []string{}
			for _, element := range v {
				if text, ok := scalar(element); ok {
					list = append(list, text)
				}
			}
			if len(list) == len(v) {
				r.values = append(r.values, placed{t.place(key), Value{List: list, IsList: true}})
			}
		default:
			if text, ok := scalar(v); ok {
				r.values = append(r.values, placed{t.place(key), Value{Text: text}})
			}
		}
	}
}

// place returns the place of a key's column, which may be new.
func (t *Table) place(key string) int {
	place, known := t.places[key]
	if known {
		return place
	}
	if t.places == nil {
		t.places = map[string]int{}
	}
	place = len(t.places)
	t.places[key] = place
	at, _ := slices.BinarySearch(t.Columns, key)
	t.Columns = slices.Insert(t.Columns, at, key)
	return place
}

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), true
	case nil:
		return "", false
	}
	return fmt.Sprint(v), false
}
