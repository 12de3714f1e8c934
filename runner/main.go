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
