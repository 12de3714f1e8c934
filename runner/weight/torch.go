package weight

import (
	"errors"
	"fmt"
	"math"

	"montage/runner/weight/pickle"
)

// torch is the host of PyTorch's pickles: it knows tensors and what they lie in.
type torch struct {
	// find returns the storage that a persistent id names.
	find func(key string, e *element, count int) (*storage, error)
}

// function is a name that a state dict may call.
type function string

// The functions of state dicts. The last two occur in files of 2017, such as
// torchvision's first ResNets, whose parameters were not yet tensors.
const (
	orderedDict      function = "collections.OrderedDict"
	size             function = "torch.Size"
	rebuildTensorV2  function = "torch._utils._rebuild_tensor_v2"
	rebuildParameter function = "torch._utils._rebuild_parameter"
	rebuildTensor    function = "torch._utils._rebuild_tensor"
	parameter        function = "torch.nn.parameter.Parameter"
)

// refusal is the error for a class that weights do not need.
type refusal struct{ class string }

func (r *refusal) Error() string {
	return fmt.Sprintf("the file asks for %q, which is not run: weights need only tensors, OrderedDict, lists, "+
		"numbers and strings", r.class)
}

// Global knows the storages and the functions above.
func (t *torch) Global(module, name string) (any, error) {
	full := module + "." + name
	switch f := function(full); f {
	case orderedDict, size, rebuildTensorV2, rebuildParameter, rebuildTensor, parameter:
		return f, nil
	}
	if e := storageElement(full); e != nil {
		return e, nil
	}
	return nil, &refusal{full}
}

func storageElement(class string) *element {
	switch class {
	case "torch.DoubleStorage":
		return float64s
	case "torch.FloatStorage":
		return float32s
	case "torch.HalfStorage":
		return float16s
	case "torch.BFloat16Storage":
		return bfloat16s
	case "torch.LongStorage":
		return int64s
	case "torch.IntStorage":
		return int32s
	case "torch.ShortStorage":
		return int16s
	case "torch.CharStorage":
		return int8s
	case "torch.ByteStorage":
		return uint8s
	case "torch.BoolStorage":
		return bools
	}
	return nil
}

// Call makes what the known functions make.
func (t *torch) Call(callee any, args pickle.Tuple) (any, error) {
	f, ok := callee.(function)
	if !ok {
		return nil, fmt.Errorf("calls a value of type %T", callee)
	}
	switch {
	case f == orderedDict && len(args) == 0:
		return &pickle.Dict{}, nil
	case f == orderedDict && len(args) == 1:
		return fromPairs(args[0])
	case f == size && len(args) == 1:
		return args[0], nil
	case f == rebuildTensorV2 && len(args) >= 6, f == rebuildTensor && len(args) == 4:
		return rebuild(args)
	case (f == rebuildParameter || f == parameter) && len(args) >= 1:
		if a, ok := args[0].(*array); ok {
			return a, nil
		}
	}
	return nil, fmt.Errorf("calls %s with %d arguments that do not fit", f, len(args))
}

// fromPairs makes the OrderedDict of Python 2, whose items are an argument.
func fromPairs(value any) (any, error) {
	list, ok := value.(*pickle.List)
	if !ok {
		return nil, fmt.Errorf("makes a dict of a value of type %T", value)
	}
	dict := &pickle.Dict{}
	for _, item := range list.Items {
		pair, ok := item.(*pickle.List)
		if !ok || len(pair.Items) != 2 {
			return nil, errors.New("makes a dict of a list without pairs")
		}
		dict.Items = append(dict.Items, pickle.Item{Key: pair.Items[0], Value: pair.Items[1]})
	}
	return dict, nil
}

// rebuild takes storage, offset, shape and strides; gradients and hooks that may
// follow are no part of the values.
func rebuild(args pickle.Tuple) (any, error) {
	s, ok1 := args[0].(*storage)
	offset, ok2 := number(args[1])
	shape, ok3 := numbers(args[2])
	stride, ok4 := numbers(args[3])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil, errors.New("a tensor is described by other things than storage, offset, shape and strides")
	}
	return &array{storage: s, offset: offset, shape: shape, stride: stride}, nil
}

func numbers(value any) ([]int, bool) {
	tuple, ok := value.(pickle.Tuple)
	if !ok || len(tuple) > maxDims {
		return nil, false
	}
	out := make([]int, len(tuple))
	for i := range tuple {
		if out[i], ok = number(tuple[i]); !ok {
			return nil, false
		}
	}
	return out, true
}

func number(value any) (int, bool) {
	n, ok := value.(int64)
	return int(n), ok && n >= 0 && n <= math.MaxInt
}

// Build ignores the metadata of a module's state dict and the flags of an old
// parameter: neither is a weight.
func (t *torch) Build(object, _ any) error {
	switch object.(type) {
	case *pickle.Dict, *array:
		return nil
	}
	return fmt.Errorf("sets the state of a value of type %T", object)
}

// Persistent finds the storage of ("storage", class, key, device, count, view),
// of which later versions leave the view out.
func (t *torch) Persistent(id any) (any, error) {
	tuple, _ := id.(pickle.Tuple)
	if len(tuple) < 5 || tuple[0] != "storage" {
		return nil, errors.New("refers to something outside that is no storage of numbers")
	}
	e, ok1 := tuple[1].(*element)
	key, ok2 := tuple[2].(string)
	count, ok3 := number(tuple[4])
	if !ok1 || !ok2 || !ok3 {
		return nil, errors.New("a storage is described by other things than class, key and count")
	}
	if len(tuple) > 5 && tuple[5] != nil {
		return nil, errors.New("a storage is a view of another, as in files before PyTorch 0.4; " +
			"load and save it with a later one")
	}
	return t.find(key, e, count)
}
