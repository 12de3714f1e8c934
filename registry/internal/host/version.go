package host

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/go-plugin"

	"montage/core/wire"
)

// interval is the versions of the protocol that a build speaks, both ends included.
type interval struct{ oldest, newest int }

// spoken is what this build speaks.
var spoken = interval{wire.MinVersion, wire.Version}

// sets offers the service under every version, of which go-plugin takes the newest
// that the plugin speaks too.
func (s interval) sets() map[int]plugin.PluginSet {
	sets := map[int]plugin.PluginSet{}
	for v := s.oldest; v <= s.newest; v++ {
		sets[v] = plugin.PluginSet{wire.ServiceName: &client{}}
	}
	return sets
}

func (s interval) String() string {
	if s.oldest == s.newest {
		return strconv.Itoa(s.newest)
	}
	return fmt.Sprintf("%d to %d", s.oldest, s.newest)
}

// judge says what is wrong with the version that a plugin claims to speak, and what
// its author or user can do.
func (s interval) judge(claim string) (problem, hint string) {
	v, err := strconv.Atoi(claim)
	problem = fmt.Sprintf("speaks version %s of the protocol, this runner speaks %s", short(claim), s)
	switch {
	case err != nil || v < 0:
		return fmt.Sprintf("claims version %s of the protocol, which is not a number; this runner speaks %s",
				strconv.Quote(short(claim)), s),
			fmt.Sprintf("the second field of its start-up line must be %d", s.newest)
	case v < s.oldest:
		return problem, "it is older than this runner: build it again with the " + module()
	case v > s.newest:
		return problem, "it is newer than this runner: update the runner, or build the plugin with the " + module()
	}
	return "", ""
}

// module names the module that a plugin is to be built with.
func module() string {
	const sdk = "montage module"
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path != "montage" || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return sdk + " that this runner was built from"
	}
	return sdk + " " + info.Main.Version
}

// misfitError says that this runner cannot use a plugin, which may well be sound.
type misfitError struct{ problem, hint string }

func (e *misfitError) Error() string { return e.problem }

func (e *misfitError) Hints() []string { return []string{e.hint} }

// lacking finds what a plugin requires and this runner does not have.
func lacking(required []string) error {
	var missing []string
	for _, r := range required {
		if !slices.Contains(wire.Capabilities(), r) {
			missing = append(missing, short(r))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &misfitError{
		problem: fmt.Sprintf("requires %q of the runner, which this one does not have", strings.Join(missing, ", ")),
		hint:    "update the runner, or take an older version of the plugin",
	}
}
