package weight

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"montage/core/tensor"
	"montage/runner/weight/pickle"
)

// maxPickle bounds the description of a file's tensors, which takes some 150 bytes
// each; the numbers lie outside of it.
const maxPickle = 8 << 20

// stateKeys are the names under which training scripts keep the state dict among
// other things, the likelier first.
var stateKeys = []string{"state_dict", "model_state_dict", "model", "module", "network"}

// maxNesting bounds the search for the state dict.
const maxNesting = 4

func newFile() file { return file{tensors: map[string]tensor.Tensor{}} }

// add converts a floating-point array; it notes the name of another.
func (f *file) add(name string, a array, c *converter) error {
	if a.storage.element.value == nil {
		f.leftOut = append(f.leftOut, name)
		return nil
	}
	t, err := c.tensor(a)
	if err != nil {
		return err
	}
	f.tensors[name] = t
	return nil
}

// stateDict turns the value of a pickle, once all storages are found, into a file.
func stateDict(value any, fileSize int) (file, error) {
	f := newFile()
	dict, wrapper, err := findStateDict(value)
	if err != nil {
		return file{}, err
	}
	f.wrapper = wrapper
	c := newConverter(fileSize)
	for _, item := range dict.Items {
		name, ok := item.Key.(string)
		if !ok {
			return file{}, wantStateDict(fmt.Errorf("a key of the state dict is %T; expected a string", item.Key))
		}
		a, ok := item.Value.(*array)
		if !ok {
			f.leftOut = append(f.leftOut, name)
			continue
		}
		if err := f.add(name, *a, c); err != nil {
			return file{}, damaged(fmt.Errorf("tensor %q: %w", name, err))
		}
	}
	slices.Sort(f.leftOut)
	return f, nil
}

// findStateDict goes down the usual keys to a dict that holds tensors.
func findStateDict(value any) (dict *pickle.Dict, wrapper string, err error) {
	var path []string
	for range maxNesting {
		dict, ok := value.(*pickle.Dict)
		if !ok {
			return nil, "", wantStateDict(fmt.Errorf("the file holds %s; expected a dict of tensors", describe(value)))
		}
		if hasTensor(dict) {
			return dict, strings.Join(path, "."), nil
		}
		key, inner := descend(dict)
		if inner == nil {
			return nil, "", wantStateDict(fmt.Errorf("the file has no tensors, nor a state dict under %s; its keys "+
				"are %s", strings.Join(stateKeys, ", "), keys(dict)))
		}
		path, value = append(path, key), inner
	}
	return nil, "", wantStateDict(errors.New("the state dict lies too deep in other dicts"))
}

func hasTensor(dict *pickle.Dict) bool {
	return slices.ContainsFunc(dict.Items, func(i pickle.Item) bool {
		_, ok := i.Value.(*array)
		return ok
	})
}

func descend(dict *pickle.Dict) (string, *pickle.Dict) {
	for _, key := range stateKeys {
		value, _ := dict.Get(key)
		if inner, ok := value.(*pickle.Dict); ok {
			return key, inner
		}
	}
	return "", nil
}

// describe names a value without looking into it: it may contain itself.
func describe(value any) string {
	switch value.(type) {
	case *array:
		return "a single tensor"
	case *pickle.List, pickle.Tuple:
		return "a list"
	}
	return fmt.Sprintf("a value of type %T", value)
}

// keys lists the first keys of a dict.
func keys(dict *pickle.Dict) string {
	if len(dict.Items) == 0 {
		return "none"
	}
	var names []string
	for _, item := range dict.Items[:min(8, len(dict.Items))] {
		if name, ok := item.Key.(string); ok {
			names = append(names, strconv.Quote(name[:min(40, len(name))]))
		}
	}
	return strings.Join(names, " ")
}

// unpickle reads one pickle at the start of raw.
func unpickle(raw []byte, host pickle.Host) (value any, length int, err error) {
	limited := raw[:min(len(raw), maxPickle)]
	value, length, err = pickle.Load(limited, host)
	if err == nil {
		return value, length, nil
	}
	if refused := new(refusal); errors.As(err, &refused) {
		return nil, 0, wantStateDict(err)
	}
	return nil, 0, damaged(err)
}
