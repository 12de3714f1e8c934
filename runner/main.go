package main

import (
	"os"

	"montage/runner/command"
)

// version is set by the linker for releases.
var version = "development"

func main() {
	os.Exit(command.Run(command.Host{Version: version, Bundled: bundled(), Stdout: os.Stdout, Stderr: os.Stderr},
		os.Args[1:]))
}
