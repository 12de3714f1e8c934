package conform

import (
	"errors"
	"fmt"

	"montage/core"
)

// Subject is one component under test.
type Subject struct {
	// Component is the component or, if Connection is set, a stand-in whose constructors make
	// instances in another process.
	Component core.Component
	// Options are those that a spec would set. The others have their defaults.
	Options map[string]any
	// Connection reaches the other process; nil means this process.
	Connection Connection
	// Size is the side of the frames for a backbone, 0 to try several.
	Size int
	// Inputs are those that a module is planned for; empty means several of the kit's own.
	// The kit always asks for gradients.
	Inputs []core.ModuleInput
	// Step is the largest step of finite differences, 0 for the kit's own.
	Step float64
}

// Connection reaches a component in another process.
type Connection interface {
	// Map makes the shared memory of both segments. It is called once.
	Map(state, work int64) (stateMemory, workMemory []byte, err error)
	// Process identifies the process that serves now.
	Process() int
	// Restart ends that process. The next call starts another.
	Restart() error
}

// instance makes an instance. Another process checks the options itself; for this one they
// are checked here in the same way.
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

// A slice of concrete errors must be converted element by element to one of error.
func joined(faults []*core.OptionError) error {
	all := make([]error, len(faults))
	for i, f := range faults {
		all[i] = f
	}
	return errors.Join(all...)
}

// recovered turns a panic of the component into an error.
// It must be deferred itself: recover works only in the function that is deferred.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", core.ErrPanic, p)
	}
}
