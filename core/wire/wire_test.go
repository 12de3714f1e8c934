package wire

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"montage/core"
	"montage/core/tensor"
	"montage/core/wire/pb"
)

// The numbers of the dtypes are those of package tensor, for ever.
func TestDTypesAgree(t *testing.T) {
	for d, name := range map[tensor.DType]string{tensor.Float32: "DTYPE_FLOAT32", tensor.Uint8: "DTYPE_UINT8",
		tensor.Int32: "DTYPE_INT32", tensor.Uint64: "DTYPE_UINT64"} {
		if pb.DType_name[int32(d)] != name {
			t.Errorf("%v is %s on the wire", d, pb.DType_name[int32(d)])
		}
	}
}

// TestGuideDescribesVersions holds the table of the authoring guide to this build.
func TestGuideDescribesVersions(t *testing.T) {
	text, err := os.ReadFile("../../plugins/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Compatibility\n")
	for v := 1; v <= Version; v++ {
		_, row, found := strings.Cut(section, fmt.Sprintf("\n| %d | ", v))
		row, _, _ = strings.Cut(row, "\n")
		if spoken := strings.HasSuffix(row, "| yes |"); !found || spoken != (v >= MinVersion) {
			t.Errorf("the guide says %q of version %d; this build speaks %d to %d", row, v, MinVersion, Version)
		}
	}
	for _, c := range Capabilities() {
		if !strings.Contains(section, "`"+c+"`: ") {
			t.Errorf("the guide does not describe the capability %s", c)
		}
	}
}

// TestErrorsKeepTheirIdentity there and back, several at once too.
func TestErrorsKeepTheirIdentity(t *testing.T) {
	all := []error{core.ErrShape, core.ErrNotPlanned, core.ErrUnsupported, core.ErrNotFinite, core.ErrPanic}
	option := &core.OptionError{Path: "sizes[1]", Problem: "two is too many", Hint: "take one"}
	for name, c := range map[string]struct {
		sent error
		are  []error
	}{
		"shape": {ToStatus(t.Context(), fmt.Errorf("x: %w", core.ErrShape)), []error{core.ErrShape}},
		"several": {ToStatus(t.Context(), errors.Join(core.ErrNotFinite, option, core.ErrNotPlanned)),
			[]error{core.ErrNotFinite, core.ErrNotPlanned}},
		"panic":   {PanicStatus(errors.New("panic: x")), []error{core.ErrPanic}},
		"nothing": {ToStatus(t.Context(), errors.New("out of paper")), nil},
		"pretend": {ToStatus(t.Context(), context.Canceled), nil},
	} {
		got := FromStatus("plan of head/mlp", c.sent)
		for _, identity := range all {
			want := false
			for _, is := range c.are {
				want = want || is == identity
			}
			if errors.Is(got, identity) != want {
				t.Errorf("%s: %v is %v: %v", name, got, identity, !want)
			}
		}
		var o *core.OptionError
		if errors.As(got, &o) != (name == "several") || o != nil && *o != *option {
			t.Errorf("%s: option error %+v", name, o)
		}
		if !strings.HasPrefix(got.Error(), "plan of head/mlp: ") {
			t.Errorf("%s: %v does not say what was called", name, got)
		}
	}
	if ToStatus(t.Context(), nil) != nil {
		t.Error("no error became one")
	}
}
