//go:build windows

package fileindex

// Windows has not the shared memory, file locks and process groups that plugins need. The build says so before it
// lists the functions that are missing.
const _ = montage_builds_and_runs_on_Linux_and_macOS__on_Windows_use_WSL
