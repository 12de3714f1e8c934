package host

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/hashicorp/go-plugin"

	"montage/core"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// Process is a running plugin. Its methods may be called from several goroutines at once.
// They return a *core.CrashError when the process was lost.
type Process struct {
	command Command
	child   *child
	client  *plugin.Client
	api     pb.PluginClient
	hello   Hello
	calls   atomic.Uint64
}

// Hello returns what the plugin said of itself.
func (p *Process) Hello() Hello { return p.hello }

// PID returns the process number.
func (p *Process) PID() int { return p.child.pid() }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.child.done }

// Open maps the segments in the plugin, after they have grown.
func (p *Process) Open(ctx context.Context) error {
	return p.invoke(ctx, call{what: "open", deadline: wire.PlanDeadline, do: func(ctx context.Context) error {
		_, err := p.api.Open(ctx, &pb.OpenRequest{
			StateBytes: uint64(p.command.State.Size()), WorkBytes: uint64(p.command.Work.Size()),
		})
		return err
	}})
}

// Create makes an instance with checked options.
func (p *Process) Create(ctx context.Context, i wire.Instance, options core.Values) error {
	document, err := json.Marshal(options)
	if err != nil {
		return fmt.Errorf("options of %s: %w", i, err)
	}
	return p.invoke(ctx, call{what: "create", on: i, deadline: wire.PlanDeadline, do: func(ctx context.Context) error {
		_, err := p.api.Create(ctx, &pb.CreateRequest{Instance: i.ID, Kind: string(i.Kind), Name: i.Name,
			Options: document})
		return err
	}})
}

// Plan gives an instance its input, a struct of package core, and fills the
// answer, a pointer to the struct that belongs to it.
func (p *Process) Plan(ctx context.Context, i wire.Instance, input, answer any) error {
	document, err := json.Marshal(input)
	if err != nil {
		return fmt.Errorf("plan input of %s: %w", i, err)
	}
	var reply *pb.PlanReply
	err = p.invoke(ctx, call{what: "plan", on: i, deadline: wire.PlanDeadline,
		do: func(ctx context.Context) (err error) {
			reply, err = p.api.Plan(ctx, &pb.PlanRequest{Instance: i.ID, Input: document})
			return err
		}})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(reply.GetAnswer(), answer); err != nil {
		return fmt.Errorf("plugin %q: plan of %s: answer: %w", p.command.Name, i, err)
	}
	return nil
}

// Close lets the plugin end by itself for a moment and then kills it.
func (p *Process) Close() {
	_ = p.child.pipes.live.Close()
	p.child.waitFor(wire.CloseGrace)
	p.Kill()
}

// Kill ends the process and everything that it started, and waits for its end.
func (p *Process) Kill() { p.kill("it was no longer needed") }

// kill reports whether the process is gone. Calls that it interrupts fail with why.
func (p *Process) kill(why string) bool {
	p.child.kill(why)
	if !p.child.begun() {
		return true
	}
	gone := p.child.waitFor(reapDeadline)
	go p.release()
	return gone
}

// release lets go-plugin clean up. We do not wait for it: it can hang, and panic.
func (p *Process) release() {
	defer func() { _ = recover() }()
	p.client.Kill()
}
