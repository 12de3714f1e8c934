package sdk

import (
	"fmt"
	"os"

	"montage/core"
	"montage/core/hint"
	"montage/core/internal/service"
)

// Serve is the only statement that a plugin's main needs. It serves the components to the
// runner that started the program. It exits with status 1 if a component's declaration is
// wrong, or if a person started the program. It returns when the runner is done with the
// program.
func Serve(name, version string, components ...core.Component) {
	if err := service.Serve(name, version, components); err != nil {
		fmt.Fprintln(os.Stderr, hint.Text(err))
		os.Exit(1)
	}
}
