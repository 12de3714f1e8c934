// Package wire is the protocol between the runner and a plugin: what both sides must
// agree on. pb/plugin.proto describes it for authors in any language; this package
// has its names and numbers in Go, and how errors keep their identity in it.
//
// Nobody but the two sides needs it. The plugin's side serves components and belongs
// to core/sdk, whose Serve is the only way in; the host's side starts programs and
// calls them, and belongs to package registry. Go refuses to import either from
// elsewhere.
//
// A plugin may also be started by a person, in a debugger: attach.go says how.
package wire

// Version is the protocol that this build speaks as a plugin, and the newest that
// it speaks as a host. It changes when plugins that were built before could
// misunderstand the runner, or it them; plugins/README.md has the policy.
const Version = 2

// MinVersion is the oldest protocol that a host still speaks.
const MinVersion = 2

// Capabilities are what either side of this build can do beyond what the version says:
// what was added since, and may be absent on the other side.
func Capabilities() []string { return []string{"profile", "prefix"} }

// MaxMessage is the most bytes of one message, either way. Tensors are not in
// messages; the greatest is the plan of a large backbone, below 1 MiB.
const MaxMessage = 16 << 20

// What a program finds in its environment when a runner started it. The cookie is no
// secret: it keeps people from starting plugins by hand.
const (
	CookieKey   = "MONTAGE_PLUGIN"
	CookieValue = "2f0c9d6e4b1a"
)

// ServiceName is the service's name in go-plugin's sets, on both sides.
const ServiceName = "montage"

// What a plugin may say of a call in its gRPC trailer.
const (
	// ComputeKey is how many nanoseconds the plugin spent on the call. A plugin that
	// leaves it out computes in what then looks like transport.
	ComputeKey = "montage-compute-ns"
	// StagesKey is how many nanoseconds each stage of a module's plan took, with spaces
	// between them, where it was planned with Profile.
	StagesKey = "montage-stages-ns"
)
