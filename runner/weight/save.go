package weight

import (
	"fmt"
	"io"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/nlpodyssey/safetensors"

	"montage/core/tensor"
)

// A batch normalisation of PyTorch counts its batches beside the running mean, and
// load_state_dict insists on the counter of a dict that has a version, though nothing
// reads it at the usual momentum. Montage has no such counter, so Save writes zero.
const (
	runningMean = "running_mean"
	counter     = "num_batches_tracked"
)

// isCounter reports whether a name is that of a batch counter.
func isCounter(name string) bool { return name == counter || strings.HasSuffix(name, "."+counter) }

// tensorView is what the library serializes. Its own NewTensorView refuses scalars,
// which the format has and counters are.
type tensorView struct {
	dtype safetensors.DType
	shape []uint64
	data  []byte
}

func (v tensorView) DType() safetensors.DType { return v.dtype }
func (v tensorView) Shape() []uint64          { return v.shape }
func (v tensorView) Data() []byte             { return v.data }
func (v tensorView) DataLen() uint64          { return uint64(len(v.data)) }

// Save writes the tensors, float32 each, so that the file is either the old or
// the new one. Equal tensors give equal bytes. Beside every running_mean goes a
// num_batches_tracked, so that the names are those of PyTorch's state dict.
func Save(path string, tensors []Named) error {
	views, err := viewsOf(tensors)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	addCounters(views)
	return writeViews(path, views, map[string]string{"format": "pt"})
}

// Encode writes the tensors as they are, float32 each, with words about them, in the
// safetensors format.
func Encode(w io.Writer, tensors []Named, metadata map[string]string) error {
	views, err := viewsOf(tensors)
	if err != nil {
		return err
	}
	return safetensors.SerializeToWriter(views, metadata, w)
}

func writeViews(path string, views map[string]tensorView, metadata map[string]string) error {
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = file.Cleanup() }() // does nothing once the file is in place
	if err := safetensors.SerializeToWriter(views, metadata, file); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func viewsOf(tensors []Named) (map[string]tensorView, error) {
	views := map[string]tensorView{}
	for _, n := range tensors {
		if n.Tensor.DType != tensor.Float32 {
			return nil, fmt.Errorf("%s is %v; weights are float32", n.Name, n.Tensor)
		}
		if _, twice := views[n.Name]; twice {
			return nil, fmt.Errorf("two tensors are named %s", n.Name)
		}
		shape := make([]uint64, len(n.Tensor.Shape)) // not nil, which JSON would write as null
		for i, s := range n.Tensor.Shape {
			shape[i] = uint64(s)
		}
		views[n.Name] = tensorView{safetensors.F32, shape, n.Tensor.Bytes()}
	}
	return views, nil
}

func addCounters(views map[string]tensorView) {
	var norms []string
	for name := range views {
		if name == runningMean || strings.HasSuffix(name, "."+runningMean) {
			norms = append(norms, strings.TrimSuffix(name, runningMean))
		}
	}
	for _, norm := range norms {
		if _, own := views[norm+counter]; !own {
			views[norm+counter] = tensorView{safetensors.I64, []uint64{}, make([]byte, 8)}
		}
	}
}
