package wasm

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

const (
	// maxPages limits the memory of an instance, in pages of 64 KiB. It holds
	// twice the largest picture at four bytes a pixel.
	maxPages = 2 << 30 >> 16
	// patience is far more than a sound file takes on a busy machine.
	patience = 5 * time.Minute
	// turns of loops between two pauses, for which the garbage collector has to wait.
	turns = 1 << 20
)

// Identity differs between builds of the libraries, which no module version names.
var Identity = sync.OnceValue(func() string {
	return fmt.Sprintf("avif %x heif %x", sha256.Sum256(avifLibrary), sha256.Sum256(heifLibrary))
})

// program is a library that is compiled at its first use.
type program struct {
	load func() (loaded, error)
}

type loaded struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
}

func newProgram(zipped []byte) *program {
	return &program{sync.OnceValues(func() (loaded, error) { return compile(zipped) })}
}

func compile(zipped []byte) (l loaded, err error) {
	unzip, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return l, err
	}
	binary, err := io.ReadAll(unzip)
	if err != nil {
		return l, err
	}
	if binary, err = metered(binary); err != nil {
		return l, err
	}
	ctx := context.Background()
	l.runtime = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(maxPages))
	_, err = l.runtime.NewHostModuleBuilder(pauseModule).NewFunctionBuilder().WithFunc(pause).Export(pauseName).
		Instantiate(ctx)
	if err != nil {
		return l, err
	}
	// An instance can call only the functions that its library imports: exit, write to
	// standard output and error, which lead nowhere, and those that list no open file.
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, l.runtime); err != nil {
		return l, err
	}
	l.module, err = l.runtime.CompileModule(ctx, binary)
	return l, err
}

// pause is called by loops. It ends an instance whose time is over.
func pause(ctx context.Context) uint32 {
	if ctx.Err() != nil {
		panic(ctx.Err())
	}
	return turns
}

// run starts an instance, gives it to use, and ends it.
func (p *program) run(use func(*instance) error) error {
	return p.runFor(patience, use)
}

func (p *program) runFor(limit time.Duration, use func(*instance) error) error {
	l, err := p.load()
	if err != nil {
		return fmt.Errorf("compile the decoder: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	memory, err := newReserve()
	if err != nil {
		return err
	}
	defer memory.Free()
	ctx = experimental.WithMemoryAllocator(ctx, memory)
	// Instances without a name may exist at the same time.
	module, err := l.runtime.InstantiateModule(ctx, l.module,
		wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return fmt.Errorf("start the decoder: %w", err)
	}
	defer module.Close(context.WithoutCancel(ctx))
	err = use(&instance{ctx, module})
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("decoding took longer than %v and was stopped", limit)
	}
	return err
}
