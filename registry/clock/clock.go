package clock

import (
	"sort"
	"sync"
	"time"

	"montage/core"
)

// Clock adds up the calls of plugins. Several processes may share it, and those that
// replace each other do.
type Clock struct {
	// Watch, when set, is called with every call that ended, also with those that carry no
	// tensors and are not added up. It is called from many goroutines at once.
	Watch func(Called)

	mu    sync.Mutex
	spent map[spentOn]Spent
}

type spentOn struct {
	kind core.Kind
	name string
	what string
}

// Spent is the time that calls of one sort took.
type Spent struct {
	Kind core.Kind `json:"kind"`
	Name string    `json:"name"`
	// Call is forward, backward, evaluate, augment, transform or targets.
	Call  string `json:"call"`
	Calls int    `json:"calls"`
	// Total is the time until the answer, Compute the plugin's own part of it.
	Total   time.Duration `json:"total_ns"`
	Compute time.Duration `json:"compute_ns"`
	// Stages are parts of Compute, by the stages of the module's plan; nil where
	// the plugin does not say.
	Stages []StageSpent `json:"stages,omitempty"`
}

// StageSpent is the time that calls took in one stage.
type StageSpent struct {
	Time time.Duration `json:"time_ns"`
	// Rows are the frames or rows of these calls.
	Rows int `json:"rows"`
}

// Spent returns the sums, ordered by kind, name and call.
func (c *Clock) Spent() []Spent {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Spent
	for _, s := range c.spent {
		all = append(all, s)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a.Kind != b.Kind {
			return a.Kind < b.Kind
		}
		if a.Name != b.Name {
			return a.Name < b.Name
		}
		return a.Call < b.Call
	})
	return all
}

// Reset forgets everything.
func (c *Clock) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spent = nil
}

// Add takes one call that ended.
func (c *Clock) Add(made Called) {
	if made.Computes {
		c.sum(Spent{Kind: made.Instance.Kind, Name: made.Instance.Name, Call: made.Call, Calls: 1,
			Total: made.Total, Compute: made.Compute, Stages: made.Stages})
	}
	if c.Watch != nil {
		c.Watch(made)
	}
}

func (c *Clock) sum(s Spent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.spent == nil {
		c.spent = map[spentOn]Spent{}
	}
	on := spentOn{s.Kind, s.Name, s.Call}
	old := c.spent[on]
	s.Calls, s.Total, s.Compute = s.Calls+old.Calls, s.Total+old.Total, s.Compute+old.Compute
	s.Stages = together(old.Stages, s.Stages)
	c.spent[on] = s
}

// together adds the times of two sorts of calls, stage by stage.
func together(a, b []StageSpent) []StageSpent {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := append([]StageSpent(nil), a...)
	for i, s := range b {
		out[i] = StageSpent{out[i].Time + s.Time, out[i].Rows + s.Rows}
	}
	return out
}
