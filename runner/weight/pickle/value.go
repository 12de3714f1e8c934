// Package pickle reads the part of Python's pickle format in which PyTorch writes
// state dicts. Python's own reader imports and calls whatever a file names; this
// one has no way to call anything: a [Host] gives every name its meaning, and an
// opcode that state dicts do not need is an error.
//
// The library github.com/nlpodyssey/gopickle was considered and rejected: it
// allocates whatever length a file states, prints self-containing lists without
// end, which no recover can stop, and takes short reads for full ones.
package pickle

// Values are nil for None, bool, int64, float64, string, [Tuple], *[List],
// *[Dict] and what the host makes. Lists and dicts may contain themselves: a
// reader of values bounds its depth.

// Tuple is a Python tuple.
type Tuple []any

// List is a Python list.
type List struct{ Items []any }

// Dict is a Python dict or OrderedDict, in the order of the file. Of items with
// one key the last counts.
type Dict struct{ Items []Item }

// Item is one entry of a Dict.
type Item struct{ Key, Value any }

// Get returns the value of a string key.
func (d *Dict) Get(key string) (any, bool) {
	for i := len(d.Items) - 1; i >= 0; i-- {
		if d.Items[i].Key == key {
			return d.Items[i].Value, true
		}
	}
	return nil, false
}

// Host gives meaning to what a pickle names. An error of a method ends the reading.
type Host interface {
	// Global returns the value that stands for a class or function.
	Global(module, name string) (any, error)
	// Call returns what calling a value would give.
	Call(callee any, args Tuple) (any, error)
	// Build hands an object the state that Python would set on it.
	Build(object, state any) error
	// Persistent returns the object that lies outside of the pickle under an id.
	Persistent(id any) (any, error)
}
