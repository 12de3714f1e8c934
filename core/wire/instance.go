package wire

import "montage/core"

// Instance names one component with its options in a process. The runner
// chooses the ID; kind and name are for messages, and for Create.
type Instance struct {
	ID   uint64
	Kind core.Kind
	Name string
}

func (i Instance) String() string { return string(i.Kind) + "/" + i.Name }
