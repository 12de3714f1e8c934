package wire

import (
	"context"
	"sort"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"montage/core"
)

// computeKey is the sample in which a plugin says how many nanoseconds it spent on
// a call. A plugin that leaves it out computes in what then looks like transport.
const computeKey = "montage-compute-ns"

// stagesKey is the sample in which a layer that was planned with Profile says how
// many nanoseconds each stage of its plan took, with spaces between them. It may be
// left out.
const stagesKey = "montage-stages-ns"

// Clock adds up the calls of processes, those that replace each other too. It may
// be shared between processes.
type Clock struct {
	// Watch, when set, hears of every call that ended, those too that carry no
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

// Spent is what calls of one sort took.
type Spent struct {
	Kind core.Kind `json:"kind"`
	Name string    `json:"name"`
	// Call is forward, backward, evaluate, augment, transform or targets.
	Call  string `json:"call"`
	Calls int    `json:"calls"`
	// Total is the time until the answer, Compute the plugin's own part of it.
	Total   time.Duration `json:"total_ns"`
	Compute time.Duration `json:"compute_ns"`
	// Stages are parts of Compute, by the stages of the layer's plan; nil where it
	// does not tell.
	Stages []StageSpent `json:"stages,omitempty"`
}

// StageSpent is what calls took in one stage.
type StageSpent struct {
	Time time.Duration `json:"time_ns"`
	// Rows are the frames or rows of the calls that came by.
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

// time returns a context for a call and the function that ends its measurement.
// A nil clock measures nothing.
func (c *Clock) time(ctx context.Context, made Called) (context.Context, func(pid int, err error)) {
	if c == nil {
		return ctx, func(int, error) {}
	}
	sample := &metadata.MD{}
	made.Start = time.Now()
	made.Site, made.Attempt = core.CallSiteOf(ctx), attempt(ctx)
	return context.WithValue(ctx, trailerKey{}, sample), func(pid int, err error) {
		made.PID, made.Err, made.Total = pid, err, time.Since(made.Start)
		if values := sample.Get(computeKey); len(values) == 1 {
			ns, err := strconv.ParseInt(values[0], 10, 64)
			if err == nil {
				made.Compute = min(max(time.Duration(ns), 0), made.Total) // whatever it claims
			}
		}
		if made.Computes {
			c.add(Spent{Kind: made.Instance.Kind, Name: made.Instance.Name, Call: made.Call, Calls: 1,
				Total: made.Total, Compute: made.Compute,
				Stages: stages(sample.Get(stagesKey), made.Compute, made.Rows)})
		}
		if c.Watch != nil {
			c.Watch(made)
		}
	}
}

func (c *Clock) add(s Spent) {
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

type trailerKey struct{}

// takeTrailer catches the sample of a call whose context asks for it.
func takeTrailer(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if sample, ok := ctx.Value(trailerKey{}).(*metadata.MD); ok {
		options = append(options, grpc.Trailer(sample))
	}
	return invoke(ctx, method, request, reply, conn, options...)
}
