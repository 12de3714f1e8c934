package labelfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// coco is a file of annotations as COCO has them: images, annotations of their regions, and
// the categories of these. A row is an image; its labels are the categories in it.
//
// Source: https://cocodataset.org/#format-data.
type coco struct {
	images     []map[string]any
	lines      []int
	categories map[string]string   // names by id
	in         map[string][]string // ids of categories by id of the image
}

// isCOCO reports whether the text of a JSON file has COCO's three lists.
func isCOCO(text []byte) bool {
	for _, key := range []string{`"images"`, `"annotations"`, `"categories"`} {
		if !bytes.Contains(text, []byte(key)) {
			return false
		}
	}
	var lists struct{ Images, Annotations, Categories []struct{} }
	return json.Unmarshal(text, &lists) == nil && lists.Images != nil && lists.Annotations != nil &&
		lists.Categories != nil
}

// readCOCO adds a row for each image. The text is sound JSON, as isCOCO found.
func (t *Table) readCOCO(file string, text []byte) {
	c := coco{categories: map[string]string{}, in: map[string][]string{}}
	if err := c.read(text); err != nil {
		t.problem(file, 1, err.Error(), "expected images, annotations and categories with ids, as COCO has them")
		return
	}
	for i, image := range c.images {
		id, _ := scalar(image["id"])
		labels := []any{}
		for _, category := range c.in[id] {
			name, known := c.categories[category]
			if !known {
				t.problem(file, c.lines[i], fmt.Sprintf("image %s has an annotation of category %s, which is not "+
					"listed", id, category), "every category_id is the id of one of the categories")
				continue
			}
			labels = append(labels, name)
		}
		image[LabelsColumn] = labels
		t.object(Row{File: file, Line: c.lines[i]}, image)
	}
}

func (c *coco) read(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	_, err := decoder.Token() // the brace
	for err == nil && decoder.More() {
		var key json.Token
		if key, err = decoder.Token(); err != nil {
			break
		}
		switch key {
		case "images":
			numbers, end := lines{text: text}, decoder.InputOffset()
			err = each(decoder, func(image map[string]any) {
				c.images, c.lines = append(c.images, image), append(c.lines, numbers.next(end))
				end = decoder.InputOffset()
			})
		case "annotations":
			err = each(decoder, func(a struct {
				Image    json.Number `json:"image_id"`
				Category json.Number `json:"category_id"`
			}) {
				if of := c.in[a.Image.String()]; !slices.Contains(of, a.Category.String()) {
					c.in[a.Image.String()] = append(of, a.Category.String())
				}
			})
		case "categories":
			err = each(decoder, func(k struct {
				ID   json.Number
				Name string
			}) {
				c.categories[k.ID.String()] = k.Name
			})
		default:
			var skipped json.RawMessage
			err = decoder.Decode(&skipped)
		}
	}
	if err == nil && len(c.categories) == 0 {
		err = errors.New("the file lists no categories")
	}
	return err
}

// each decodes the elements of a list.
func each[E any](decoder *json.Decoder, take func(E)) error {
	if _, err := decoder.Token(); err != nil {
		return err
	}
	for decoder.More() {
		var element E
		if err := decoder.Decode(&element); err != nil {
			return err
		}
		take(element)
	}
	_, err := decoder.Token()
	return err
}
