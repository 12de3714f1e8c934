package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// descriptors are the numbers of what the runner hands over: the pipe that ends with
// it, and both segments.
type descriptors struct{ live, state, work int }

// inherited are those of a program that the runner started. exec.Cmd gives its ExtraFiles
// the numbers behind those of stdin, stdout and stderr.
var inherited = descriptors{3, 4, 5}

// hello is what a plugin says of itself.
type hello struct {
	name, version string
	components    []core.Component
}

// service implements the protocol on the interfaces of package core. What stands above mu
// is set before serving begins and only read afterwards, or, as quiet and calls, guards
// itself.
type service struct {
	pb.UnimplementedPluginServer
	hello    hello
	log      zerolog.Logger
	stderr   *os.File // as the process got it
	files    descriptors
	attached *os.File // the connection to the runner, where somebody else started us
	quiet    sync.Once
	calls    calls

	mu        sync.Mutex // guards what follows
	memory    *mappings
	instances map[uint64]*instance
}

func newService(h hello, log zerolog.Logger) *service {
	return &service{hello: h, log: log, stderr: os.Stderr, files: inherited, instances: map[uint64]*instance{}}
}

// Describe says what the program serves. It needs neither memory nor instances, so a
// runner can ask every program that it finds.
func (s *service) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeReply, error) {
	reply := &pb.DescribeReply{Name: s.hello.name, Version: s.hello.version, Capabilities: wire.Capabilities()}
	for _, c := range s.hello.components {
		document, err := json.Marshal(c.Description())
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", c.Name, err)
		}
		reply.Components = append(reply.Components, document)
	}
	return reply, nil
}

// Open maps the inherited segments. Their sizes come with the call, because the files
// were empty when the process inherited them.
func (s *service) Open(_ context.Context, r *pb.OpenRequest) (*pb.OpenReply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Components may hold views of the mapping, so it cannot be replaced.
	if s.memory != nil {
		return nil, errors.New("the memory is already open")
	}
	m, err := openMemory(s.files, int64(r.GetStateBytes()), int64(r.GetWorkBytes()))
	if err != nil {
		return nil, err
	}
	s.memory = m
	return &pb.OpenReply{}, nil
}

// Create makes an instance.
func (s *service) Create(_ context.Context, r *pb.CreateRequest) (*pb.CreateReply, error) {
	c, err := s.component(core.Kind(r.GetKind()), r.GetName())
	if err != nil {
		return nil, err
	}
	// Outside of the lock: a constructor is the author's, and other calls need not wait for
	// it.
	made, err := construct(c, r.GetOptions())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Asked only now: two requests with one number may both have been constructing, and
	// the first to arrive here wins.
	if s.instances[r.GetInstance()] != nil {
		return nil, fmt.Errorf("instance %d exists", r.GetInstance())
	}
	s.instances[r.GetInstance()] = made
	return &pb.CreateReply{}, nil
}

// Plan fixes what an instance will be fed.
func (s *service) Plan(ctx context.Context, r *pb.PlanRequest) (*pb.PlanReply, error) {
	i, err := s.instance(r.GetInstance())
	if err != nil {
		return nil, err
	}
	// A Plan takes its turn among the calls, because it replaces what they rely on.
	if err := i.enter(ctx); err != nil {
		return nil, err
	}
	defer i.leave()
	answer, err := i.plan(r.GetInput())
	if err != nil {
		return nil, err
	}
	i.planned = true
	return &pb.PlanReply{Answer: answer}, nil
}

// Cancel ends the context of a running call.
func (s *service) Cancel(_ context.Context, r *pb.CancelRequest) (*pb.CancelReply, error) {
	s.calls.cancel(r.GetId())
	return &pb.CancelReply{}, nil
}

func (s *service) component(kind core.Kind, name string) (core.Component, error) {
	for _, c := range s.hello.components {
		if c.Kind() == kind && c.Name == name {
			return c, nil
		}
	}
	return core.Component{}, fmt.Errorf("%w: plugin %q has no component %s/%s",
		core.ErrUnsupported, s.hello.name, kind, name)
}

func (s *service) instance(id uint64) (*instance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.instances[id]
	if i == nil {
		return nil, fmt.Errorf("%w: instance %d was not created", core.ErrNotPlanned, id)
	}
	return i, nil
}

// references returns what turns the references of one call into tensors. It looks at the
// memory once, under the lock. The mappings themselves never change.
func (s *service) references() *references {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &references{memory: s.memory}
}
