package exec_test

import (
	"strings"
	"testing"

	"montage/core/hint"
	"montage/core/internal/exec"
	"montage/core/tensor"
)

func TestSpecErrors(t *testing.T) {
	_, err := exec.Plan(exec.Spec{})
	wantError(t, err, "Spec.Build is nil")
	_, err = exec.Plan(exec.Spec{Build: build(head), Limits: headLimits, InputGradients: []string{"features"}})
	wantError(t, err, "without Spec.Gradient")
	_, err = exec.Plan(exec.Spec{Build: build(head), Limits: headLimits, Gradient: true,
		InputGradients: []string{"logits"}})
	wantError(t, err, `"logits", which is no input`)
	_, err = exec.Plan(exec.Spec{Build: build(head), Limits: headLimits, Gradient: true,
		InputGradients: []string{"offsets"}})
	wantError(t, err, "expected float32, seen int32")
}

func TestRunErrors(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*session)
		want  string
	}{
		"inputs": {func(s *session) { s.run.Inputs = s.run.Inputs[:1] }, "expected 2 inputs, seen 1"},
		"input dtype": {func(s *session) { s.run.Inputs[0] = s.run.Inputs[1] },
			`input "features": expected float32, seen int32[4]`},
		"input shape": {func(s *session) { s.run.Inputs[0] = tensor.New(tensor.Float32, 9, 5) },
			`input "features": expected shape [N,6], seen [9 5]`},
		"limit": {func(s *session) { s.run.Inputs[0] = tensor.New(tensor.Float32, 10, 6) },
			"N = 10 exceeds the limit 9"},
		"no offsets": {func(s *session) { s.run.Inputs[1] = tensor.New(tensor.Int32, 0) }, "makes B negative"},
		"params":     {func(s *session) { s.run.Params = nil }, "expected 4 parameters, seen 0"},
		"param shape": {func(s *session) { s.run.Params[1] = tensor.New(tensor.Float32, 6) },
			`parameter "0.bias": expected float32[5] for [5], seen float32[6]`},
		"output": {func(s *session) { s.run.Outputs[0] = tensor.New(tensor.Float32, 4, 3) },
			`output "logits": expected float32[3 3] for [B,3], seen float32[4 3]`},
		"keys": {func(s *session) { s.run.Keys = nil }, "expected 3 random keys for the rows of B, seen " +
			"0\nhint: hand in a key for every row of B"},
		"last offset": {func(s *session) { s.run.Inputs[1] = tensor.FromInt32([]int32{0, 2, 3, 8}) },
			"segment_mean#0: expected offsets from 0 to 9 rows, seen [0 2 3 8]"},
		"falling": {func(s *session) { s.run.Inputs[1] = tensor.FromInt32([]int32{0, 5, 3, 9}) },
			"offset 1 is 5 and the next 3"},
	} {
		t.Run(name, func(t *testing.T) {
			s := headSession(t, headLimits, 0, 2, 3, 9)
			c.spoil(s)
			wantError(t, s.Forward(s.run), c.want)
		})
	}
}

// TestLimitsAreReportedInOrder exceeds both limits: B is reported, each time.
func TestLimitsAreReportedInOrder(t *testing.T) {
	s := headSession(t, headLimits, 0, 2, 3, 9)
	s.run.Inputs[0], s.run.Inputs[1] = tensor.New(tensor.Float32, 10, 6), tensor.New(tensor.Int32, 100)
	for range 30 {
		wantError(t, s.Forward(s.run), "B = 99 exceeds the limit")
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(hint.Text(err), want) {
		t.Errorf("expected an error with %q, seen %v", want, err)
	}
}
