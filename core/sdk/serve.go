package sdk

import (
	"fmt"
	"os"

	"montage/core"
	"montage/core/internal/service"
)

// Serve is all that the main of a plugin contains. It serves the components to
// the runner that started the program, and ends the program with status 1 where
// a component is declared wrongly or a person started it.
func Serve(name, version string, components ...core.Component) {
	if err := service.Serve(name, version, components); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
