package wire

import (
	"context"
	"encoding/json"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"montage/core"
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

// toStatus gives an error of a component its code and detail. A component cannot
// make the runner restart it: those codes are given for the context alone.
func toStatus(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return status.FromContextError(err).Err()
	}
	code, detail := codes.Unknown, &pb.Fault{}
	for _, i := range identities {
		if errors.Is(err, i.err) {
			code, detail.Identities = i.code, append(detail.Identities, i.identity)
		}
	}
	for _, o := range optionErrors(err) {
		if document, e := json.Marshal(o); e == nil {
			code, detail.Options = codes.InvalidArgument, append(detail.Options, document)
		}
	}
	s, e := status.New(code, err.Error()).WithDetails(protoadapt.MessageV1Of(detail))
	if e != nil {
		return status.Error(code, err.Error())
	}
	return s.Err()
}

// optionErrors finds every OptionError in a tree of errors, where errors.As stops
// at the first.
func optionErrors(err error) []*core.OptionError {
	switch e := err.(type) {
	case *core.OptionError:
		return []*core.OptionError{e}
	case interface{ Unwrap() error }:
		return optionErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*core.OptionError
		for _, inner := range e.Unwrap() {
			all = append(all, optionErrors(inner)...)
		}
		return all
	}
	return nil
}
