package service

import "golang.org/x/sys/unix"

// redirect makes descriptor to another name of from. Dup3, because Linux on arm64 has no
// dup2. Without a flag the copy survives exec, as the stdout of the programs that a
// component starts.
func redirect(from, to int) error { return unix.Dup3(from, to, 0) }
