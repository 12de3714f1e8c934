package service

import (
	"context"
	"testing"

	"github.com/rs/zerolog"
	"google.golang.org/grpc"

	"montage/core"
	"montage/core/wire/pb"
)

// waiter is a loss. With a channel, its call runs until it is cancelled.
type waiter struct{ started chan bool }

func (waiter) Plan(core.LossInput) (core.LossPlan, error) { return core.LossPlan{}, nil }

func (w waiter) Evaluate(ctx context.Context, _ core.LossCall) (float64, error) {
	if w.started == nil {
		return 0, ctx.Err()
	}
	w.started <- true
	<-ctx.Done()
	return 0, ctx.Err()
}

// serving is a service with one planned instance of a loss.
func serving(t *testing.T, l core.Loss) *service {
	t.Helper()
	s := newService(hello{}, zerolog.Nop())
	s.quiet.Do(func() {}) // the output of the tests stays where it is
	s.instances[1] = &instance{label: "loss/waiter", value: l, turn: make(chan struct{}, 1), planned: true}
	return s
}

// evaluate makes one call as gRPC would.
func evaluate(s *service, id, on uint64) error {
	request := &pb.EvaluateRequest{Call: &pb.Call{Id: id, Instance: on}}
	_, err := s.guard(context.Background(), request, &grpc.UnaryServerInfo{}, func(ctx context.Context,
		_ any) (any, error) {
		return s.Evaluate(ctx, request)
	})
	return err
}

func cancel(t *testing.T, s *service, id uint64) {
	t.Helper()
	if _, err := s.Cancel(t.Context(), &pb.CancelRequest{Id: id}); err != nil {
		t.Fatal(err)
	}
}

// TestLateCancelsAreForgotten of calls that were answered or refused.
func TestLateCancelsAreForgotten(t *testing.T) {
	s := serving(t, waiter{})
	for id := uint64(1); id <= 100; id++ {
		on := id%2 + 1 // there is no instance 2
		if err := evaluate(s, id, on); (err != nil) != (on == 2) {
			t.Fatal(err)
		}
		cancel(t, s, id)
		cancel(t, s, max(1, id/2))
	}
	if len(s.calls.early) != 0 || len(s.calls.running) != 0 {
		t.Errorf("kept %v and %v", s.calls.early, s.calls.running)
	}
}

// TestEarlyCancelsAreKeptForTheirCalls, even for one that is refused, and no longer.
func TestEarlyCancelsAreKeptForTheirCalls(t *testing.T) {
	s := serving(t, waiter{})
	for id := uint64(1); id <= 10; id++ {
		cancel(t, s, id)
		if err := evaluate(s, id, id%2+1); err == nil {
			t.Errorf("call %d was cancelled before it began, and succeeded", id)
		}
	}
	if len(s.calls.early) != 0 {
		t.Errorf("kept %v", s.calls.early)
	}
	if err := evaluate(s, 11, 1); err != nil {
		t.Errorf("a call that nobody cancelled: %v", err)
	}
}

// TestCancelEndsARunningCall of which the service then keeps nothing.
func TestCancelEndsARunningCall(t *testing.T) {
	w := waiter{make(chan bool)}
	s := serving(t, w)
	ended := make(chan error)
	go func() { ended <- evaluate(s, 7, 1) }()
	<-w.started
	cancel(t, s, 7)
	if err := <-ended; err == nil {
		t.Error("the call was cancelled and succeeded")
	}
	if len(s.calls.early) != 0 || len(s.calls.running) != 0 {
		t.Errorf("kept %v and %v", s.calls.early, s.calls.running)
	}
}
