package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"montage/core"
	"montage/core/hint"
	"montage/core/wire/pb"
)

// identities ties core's errors to the wire. The code is what a plugin in another
// language need set; the identity keeps errors apart that are several at once.
var identities = []struct {
	err      error
	identity pb.Fault_Identity
	code     codes.Code
}{
	{core.ErrShape, pb.Fault_IDENTITY_SHAPE, codes.InvalidArgument},
	{core.ErrNotPlanned, pb.Fault_IDENTITY_NOT_PLANNED, codes.FailedPrecondition},
	{core.ErrUnsupported, pb.Fault_IDENTITY_UNSUPPORTED, codes.Unimplemented},
	{core.ErrNotFinite, pb.Fault_IDENTITY_NOT_FINITE, codes.OutOfRange},
}

// ToStatus gives an error of a component its code and detail. A component cannot
// make the runner restart it: those codes are given for the context alone.
func ToStatus(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	// A context of the component's own making may end too. That is an error like others,
	// and must not look as if the runner had cancelled the call.
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return status.FromContextError(err).Err()
	}
	// All identities travel, but a status has one code: that of the last one found.
	code, detail := codes.Unknown, &pb.Fault{}
	for _, i := range identities {
		if errors.Is(err, i.err) {
			code, detail.Identities = i.code, append(detail.Identities, i.identity)
		}
	}
	for _, o := range core.OptionErrors(err) {
		if document, e := json.Marshal(o); e == nil {
			code, detail.Options = codes.InvalidArgument, append(detail.Options, document)
		}
	}
	return report(code, err, detail)
}

// report makes a status of an error. Its hints go into the detail, apart from the
// message. A message of protobuf must be UTF-8, and what a user wrote may not be.
func report(code codes.Code, err error, detail *pb.Fault) error {
	for _, h := range hint.Of(err) {
		detail.Hints = append(detail.Hints, strings.ToValidUTF8(h, invalid))
	}
	message := strings.ToValidUTF8(err.Error(), invalid)
	s, e := status.New(code, message).WithDetails(protoadapt.MessageV1Of(detail))
	// The message alone is better than an error about its details.
	if e != nil {
		return status.Error(code, message)
	}
	return s.Err()
}

// invalid is shown for bytes that are not UTF-8.
const invalid = "\uFFFD"

// PanicStatus gives the panic of a component its code. FromStatus makes
// core.ErrPanic of it.
func PanicStatus(err error) error { return report(codes.Internal, err, &pb.Fault{}) }

// fault is an error that a plugin reported, with its hints and identities restored. Its
// text is the message alone. The identities hang below it, so that errors.Is finds them
// without their texts being printed again.
type fault struct {
	message string
	hints   []string
	is      []error
}

func (f *fault) Error() string   { return f.message }
func (f *fault) Hints() []string { return f.hints }
func (f *fault) Unwrap() []error { return f.is }

// FromStatus restores an error of the plugin. where says what was called on what.
func FromStatus(where string, err error) error {
	s := status.Convert(err)
	f := &fault{message: where + ": " + s.Message()}
	// gRPC gives this code to a message over its limit.
	if s.Code() == codes.ResourceExhausted {
		f.hints = append(f.hints, fmt.Sprintf("a message may have %d bytes; tensors belong in shared memory",
			MaxMessage))
	}
	if s.Code() == codes.Internal {
		f.is = append(f.is, core.ErrPanic)
	}
	for _, detail := range s.Details() {
		if d, ok := detail.(*pb.Fault); ok {
			f.is = append(f.is, restored(d)...)
			f.hints = append(f.hints, d.GetHints()...)
		}
	}
	// Identities say more than a code, which is asked only where there are none: a plugin
	// in another language need not send them.
	if len(f.is) > 0 {
		return f
	}
	for _, i := range identities {
		if i.code == s.Code() {
			f.is = append(f.is, i.err)
		}
	}
	return f
}

// restored returns the errors that a detail names. What this build does not know or
// cannot read is passed over: the message still says it.
func restored(d *pb.Fault) []error {
	var out []error
	for _, got := range d.GetIdentities() {
		for _, i := range identities {
			if i.identity == got {
				out = append(out, i.err)
			}
		}
	}
	for _, document := range d.GetOptions() {
		o := &core.OptionError{}
		if json.Unmarshal(document, o) == nil {
			out = append(out, o)
		}
	}
	return out
}
