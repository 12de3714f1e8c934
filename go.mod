module montage

go 1.26.0

require (
	// "did you mean": edit distance.
	github.com/agnivade/levenshtein v1.2.2
	// Type signatures of the operators that core/internal/autodiff shows to Gorgonia.
	github.com/chewxy/hm v1.0.0
	// Files that are either the old or the new one after a crash.
	github.com/google/renameio/v2 v2.0.2
	// go-plugin takes its logger as an hclog.Logger; ours forwards to zerolog.
	github.com/hashicorp/go-hclog v1.6.3
	// Components in processes of their own: handshake, life cycle and gRPC transport.
	github.com/hashicorp/go-plugin v1.8.0
	// Whether stdout or stderr is a terminal.
	github.com/mattn/go-isatty v0.0.24
	// Weights and checkpoints: the safetensors file format.
	github.com/nlpodyssey/safetensors v0.0.0-20250209183917-bfb01cc25f7c
	// Specs: TOML with the position of every key (its unstable parser).
	github.com/pelletier/go-toml/v2 v2.4.3
	// End-to-end scripts of the command (tests only).
	github.com/rogpeppe/go-internal v1.16.0
	// Logging.
	github.com/rs/zerolog v1.35.1
	// Whether the schema that runner writes takes what specs say (tests only).
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	// Progress bars with rate and time left.
	github.com/schollz/progressbar/v3 v3.19.1
	// The command line: sub-commands, flags, help and shell completion.
	github.com/spf13/cobra v1.10.2
	// Runs WebAssembly, in which the decoders of AVIF and HEIC are: pure Go, so the binary stays static.
	github.com/tetratelabs/wazero v1.12.0
	// Image scaling, and the font of previews.
	golang.org/x/image v0.47.0
	// mmap, fallocate, memfd and process groups.
	golang.org/x/sys v0.49.0
	// Label files: Unicode normalisation, and UTF-16.
	golang.org/x/text v0.43.0
	// L-BFGS for the linear probe, means and deviations of comparisons.
	gonum.org/v1/gonum v0.17.0
	// The wire format below go-plugin; go-plugin itself asks only for an old grpc.
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
	// Gorgonia holds the expression graph of a layer or a loss and differentiates it by reverse
	// accumulation. Operators, memory and execution are ours. One package imports it:
	// core/internal/autodiff.
	gorgonia.org/gorgonia v0.9.18
	gorgonia.org/tensor v0.9.24
)

// Gorgonia v0.9.18 panics at start on Go 1.26 with any older version of this:
// https://github.com/gorgonia/gorgonia/issues/523
require go4.org/unsafe/assume-no-moving-gc v0.0.0-20231121144256-b99613f794b6 // indirect

require (
	github.com/apache/arrow/go/arrow v0.0.0-20211112161151-bc219186db40 // indirect
	github.com/awalterschulze/gographviz v2.0.3+incompatible // indirect
	github.com/chewxy/math32 v1.10.1 // indirect
	github.com/fatih/color v1.13.0 // indirect
	github.com/gogo/protobuf v1.3.2 // indirect
	github.com/golang/protobuf v1.5.4 // indirect
	github.com/google/flatbuffers v2.0.6+incompatible // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/hashicorp/yamux v0.1.2 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/leesper/go_rng v0.0.0-20190531154944-a612b043e353 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mitchellh/colorstring v0.0.0-20190213212951-d06e56a500db // indirect
	github.com/oklog/run v1.1.0 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/spf13/pflag v1.0.9 // indirect
	github.com/xtgo/set v1.0.0 // indirect
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/term v0.46.0 // indirect
	golang.org/x/tools v0.51.0 // indirect
	golang.org/x/xerrors v0.0.0-20200804184101-5ec99f83aff1 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20261019180522-ce908d29299b // indirect
	gorgonia.org/cu v0.9.4 // indirect
	gorgonia.org/dawson v1.2.0 // indirect
	gorgonia.org/vecf32 v0.9.0 // indirect
	gorgonia.org/vecf64 v0.9.0 // indirect
)
