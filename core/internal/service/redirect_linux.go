package service

import "golang.org/x/sys/unix"

// redirect makes descriptor to another name of from.
func redirect(from, to int) error { return unix.Dup3(from, to, 0) }
