package wasm

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero/api"
)

var (
	errMemory  = errors.New("the decoder needs more than 2 GiB of memory")
	errRefused = errors.New("the file is broken, or uses what the decoder does not know")
)

// instance is a running library with a memory of its own, in which an address is a number.
type instance struct {
	ctx    context.Context
	module api.Module
}

// call calls an exported function that returns a number.
func (i *instance) call(name string, arguments ...uint64) (uint32, error) {
	function := i.module.ExportedFunction(name)
	if function == nil {
		return 0, fmt.Errorf("the decoder has no function %s", name)
	}
	results, err := function.Call(i.ctx, arguments...)
	if err != nil {
		// The text of a trap goes on with a stack of calls.
		first, _, _ := bytes.Cut([]byte(err.Error()), []byte("\n"))
		return 0, fmt.Errorf("the decoder failed: %s", first)
	}
	return uint32(results[0]), nil
}

// What the libraries' function decode does.
const (
	whole      = 0
	headerOnly = 1
)

// decode calls the library's function, which returns 0 for a file that it refuses.
func (i *instance) decode(arguments ...uint64) error {
	ok, err := i.call("decode", arguments...)
	if err == nil && ok == 0 {
		err = errRefused
	}
	return err
}

// allocate returns the address of n bytes, which hold rubbish.
func (i *instance) allocate(n int) (uint32, error) {
	at, err := i.call("malloc", uint64(n))
	if err == nil && at == 0 && n > 0 {
		err = errMemory
	}
	return at, err
}

// put copies bytes into the memory and returns their address.
func (i *instance) put(content []byte) (uint32, error) {
	at, err := i.allocate(len(content))
	if err == nil && !i.module.Memory().Write(at, content) {
		err = errMemory
	}
	return at, err
}

// view returns n bytes of the memory, which change as it changes.
func (i *instance) view(at uint32, n int) ([]byte, error) {
	view, ok := i.module.Memory().Read(at, uint32(n))
	if !ok {
		return nil, errMemory
	}
	return view, nil
}

// numbers reads n numbers.
func (i *instance) numbers(at uint32, n int) ([]uint32, error) {
	out := make([]uint32, n)
	for k := range out {
		v, ok := i.module.Memory().ReadUint32Le(at + 4*uint32(k))
		if !ok {
			return nil, errMemory
		}
		out[k] = v
	}
	return out, nil
}
