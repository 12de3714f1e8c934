package exec

import (
	"strings"
	"testing"

	"montage/core/tensor"
)

// TestTooFewKeysForPieces hands in as many random keys as one piece has rows: the next
// piece must not draw from them again.
func TestTooFewKeysForPieces(t *testing.T) {
	p := compiled(t, halfSpec(4))
	outputs := []tensor.Tensor{tensor.New(tensor.Float32, 8, 7), tensor.New(tensor.Float32, 8, 48)}
	for _, n := range []int{8, 4} {
		updates := make([]tensor.Tensor, len(p.about.Params))
		for i, param := range p.about.Params {
			updates[i] = tensor.New(tensor.Float32, param.Shape...)
		}
		err := p.Forward(Bindings{Inputs: []tensor.Tensor{pixels(8, 24, 24, 3)}, Params: state(p.about),
			Outputs: outputs, Updates: updates, Keys: map[string][]uint64{"N": make([]uint64, n)}})
		if (err == nil) != (n == 8) || err != nil && !strings.Contains(err.Error(), "random keys") {
			t.Errorf("%d keys for 8 rows: %v", n, err)
		}
	}
}
