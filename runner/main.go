// Command runner trains image models from spec files. It is also every bundled
// plugin: it starts itself again as the process of each.
package main

import (
	"os"

	"montage/runner/command"
)

// version and commit are set by the linker for releases.
var (
	version = "development"
	commit  string
)

func main() {
	os.Exit(command.Run(command.Host{Version: version, Commit: commit, Bundled: bundled(), Stdout: os.Stdout,
		Stderr: os.Stderr}, os.Args[1:]))
}
