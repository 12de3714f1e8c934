package weight

import (
	"fmt"
	"slices"
	"strings"

	"montage/core/hint"
	"montage/core/tensor"
)

// wrappers are the modules in which training scripts put a backbone, and which
// then begin the names: DataParallel's, torch.compile's, those of self-supervised
// methods.
var wrappers = []string{"module", "_orig_mod", "model", "backbone", "encoder", "encoder_q", "base_encoder"}

// maxWrappers bounds how many stand before one name.
const maxWrappers = 4

// Import starts a model from a .safetensors or PyTorch file that somebody else
// made. A state dict inside of a checkpoint is found, and a prefix such as
// "module." is taken off where more names match without it; the report says so.
// A model of which nothing matches is left as it was, without error.
func Import(path string, model []Named) (MatchReport, error) {
	f, err := load(path)
	if err != nil {
		return MatchReport{}, err
	}
	tensors, prefix, err := unwrap(f.tensors, model)
	if err != nil {
		return MatchReport{}, fmt.Errorf("weights %s: %w", path, err)
	}
	report, err := Fill(model, tensors)
	if err != nil {
		return report, hint.With(fmt.Errorf("weights %s: %w", path, err),
			"is the file of another backbone, or of another width")
	}
	report.LeftOut = slices.DeleteFunc(f.leftOut, isCounter)
	if f.wrapper != "" {
		report.Unwrapped = append(report.Unwrapped, fmt.Sprintf("key %q", f.wrapper))
	}
	if prefix != "" {
		report.Unwrapped = append(report.Unwrapped, fmt.Sprintf("prefix %q", prefix))
	}
	return report, nil
}

// unwrap takes off the prefix with which most of the model's names are found.
// Names without it stay, to be reported.
func unwrap(tensors map[string]tensor.Tensor, model []Named) (map[string]tensor.Tensor, string, error) {
	best, most, rival := "", matches(tensors, model, ""), ""
	for _, prefix := range prefixes(tensors) {
		switch n := matches(tensors, model, prefix); {
		case n > most:
			best, most, rival = prefix, n, ""
		case n == most && best != "":
			rival = prefix
		}
	}
	if rival != "" {
		return nil, "", hint.With(fmt.Errorf("the model is there twice, under %q and %q", best, rival),
			"save only the state dict of one")
	}
	if best == "" {
		return tensors, "", nil
	}
	bare := map[string]tensor.Tensor{}
	for name, t := range tensors {
		if inner, ok := strings.CutPrefix(name, best); ok {
			bare[inner] = t
		}
	}
	for name, t := range tensors {
		if _, taken := bare[name]; !taken && !strings.HasPrefix(name, best) {
			bare[name] = t
		}
	}
	return bare, best, nil
}

// matches counts the model's names that the file has behind a prefix.
func matches(tensors map[string]tensor.Tensor, model []Named, prefix string) int {
	n := 0
	for _, m := range model {
		if _, ok := tensors[prefix+m.Name]; ok {
			n++
		}
	}
	return n
}

// prefixes lists, sorted, what wrappers stand before the file's names.
func prefixes(tensors map[string]tensor.Tensor) []string {
	seen := map[string]bool{}
	for name := range tensors {
		prefix := ""
		for range maxWrappers {
			first, _, found := strings.Cut(name[len(prefix):], ".")
			if !found || !slices.Contains(wrappers, first) {
				break
			}
			prefix += first + "."
			seen[prefix] = true
		}
	}
	list := make([]string, 0, len(seen))
	for prefix := range seen {
		list = append(list, prefix)
	}
	slices.Sort(list)
	return list
}
