package stratify

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"montage/runner/data"
	"montage/runner/layout"
)

// Origin is what a file of splits says of itself.
type Origin struct {
	MadeBy string `json:"made_by"`
	// Source is the label file, and SamplesSHA256 what was divided of it: ids, labels,
	// groups and the roles that samples had.
	Source        string  `json:"source"`
	SamplesSHA256 string  `json:"samples_sha256"`
	Samples       int     `json:"samples"`
	Seed          uint64  `json:"seed"`
	Method        string  `json:"method"`
	Group         string  `json:"group,omitempty"`
	Valid         float64 `json:"valid,omitempty"`
	Test          float64 `json:"test,omitempty"`
	Labeled       float64 `json:"labeled,omitempty"`
	Folds         int     `json:"folds,omitempty"`
}

// NewOrigin describes the division of samples by a plan.
func NewOrigin(p Plan, samples []layout.Labelled) Origin {
	method := "iterative stratification (Sechidis et al. 2011), then exchanges"
	if p.Pairs {
		method = "iterative stratification of the second order (Szymański and Kajdanowicz 2017), then exchanges"
	}
	return Origin{MadeBy: "runner data split", SamplesSHA256: digest(samples), Samples: len(samples), Seed: p.Seed,
		Method: method, Valid: float64(p.Valid), Test: float64(p.Test), Labeled: float64(p.Labeled), Folds: p.Folds}
}

// digest does not depend on the order of samples or of their labels.
func digest(samples []layout.Labelled) string {
	sum := sha256.New()
	for _, s := range byID(samples) {
		labels := slices.Sorted(slices.Values(samples[s].Labels))
		fmt.Fprintf(sum, "%q %q %q %q\n", samples[s].ID, labels, samples[s].Group, samples[s].Role)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// byID returns the positions of samples in the natural order of their ids.
func byID(samples []layout.Labelled) []int {
	order := make([]int, len(samples))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(data.Natural(samples[a].ID, samples[b].ID), cmp.Compare(samples[a].ID, samples[b].ID))
	})
	return order
}

// names are the names of roles in a file of splits: those that [data.split] takes by default.
var names = map[layout.Role]string{layout.Labeled: "train", layout.Unlabeled: "unlabeled", layout.Valid: "valid",
	layout.Test: "test"}

// FoldColumn names the lists of the folds in a file of splits, as [data.split] column does.
const FoldColumn = "fold{fold}"

// Encode returns a file of splits: JSON with a list of ids for each role or, of folds,
// such lists for each fold. Its origin is the key "about".
func Encode(origin Origin, samples []layout.Labelled, divisions []Division) ([]byte, error) {
	order := byID(samples)
	all := map[string]any{"about": origin}
	for f, d := range divisions {
		lists := map[string]any{}
		if origin.Folds > 0 {
			all[fmt.Sprintf("fold%d", f)] = lists
		} else {
			lists = all
		}
		for _, role := range layout.Roles {
			var ids []string
			for _, i := range order {
				if d[i] == role {
					ids = append(ids, samples[i].ID)
				}
			}
			if len(ids) > 0 {
				lists[names[role]] = ids
			}
		}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(all); err != nil {
		return nil, fmt.Errorf("splits: %w", err)
	}
	return text.Bytes(), nil
}
