package conform

import (
	"errors"
	"fmt"

	"montage/core"
	"montage/core/wire"
)

// Subject is one component under test.
type Subject struct {
	// Component is the component, or a stand-in whose constructors lead to another
	// process, where Connection is set.
	Component core.Component
	// Options are set as a spec would. The rest have their defaults.
	Options map[string]any
	// Connection is how the other process is reached, nil for this one.
	Connection Connection
	// Size is the side of the frames for a backbone, 0 to try several.
	Size int
	// Inputs are what a layer is planned for, empty for several of the kit's own.
	// Gradients are always asked for.
	Inputs []core.ModuleInput
	// Step is the longest step of finite differences, 0 for the kit's own.
	Step float64
}

// Connection reaches a component in another process.
type Connection interface {
	// Map makes the shared memory of both segments. It is called once.
	Map(state, work int64) (stateMemory, workMemory []byte, err error)
	// Process tells the process that serves now from any other.
	Process() int
	// Restart ends that process. The next call starts another.
	Restart() error
}

// instance makes an instance. Options are checked where the component is: by its
// process, or here as that process would.
func (s Subject) instance(options map[string]any) (made any, err error) {
	defer recovered(&err)
	values := core.Values(options)
	if s.Connection == nil {
		checked, faults := core.Check(s.Component.Options, options)
		if len(faults) > 0 {
			return nil, joined(faults)
		}
		values = checked
	}
	return s.Component.New(values)
}

func joined(faults []*core.OptionError) error {
	all := make([]error, len(faults))
	for i, f := range faults {
		all[i] = f
	}
	return errors.Join(all...)
}

// recovered makes a panic of the component an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", wire.ErrPanic, p)
	}
}
