package bench

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestCPUTime burns time in this process and in a child's child.
func TestCPUTime(t *testing.T) {
	child := exec.Command("/bin/sh", "-c", "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo; read x'; :")
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	before := cpuTime(os.Getpid())
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it has burnt its time
		t.Fatal(err)
	}
	theirs := cpuTime(child.Process.Pid)
	if theirs < 5*clockTick {
		t.Errorf("the child's child took %v", theirs)
	}
	with, without := cpuTime(os.Getpid())-before, cpuTime(os.Getpid(), child.Process.Pid)-before
	if with < theirs || without > theirs/2 {
		t.Errorf("with the child %v, without it %v, itself %v", with, without, theirs)
	}
	_ = in.Close()
	_ = child.Wait()
	if all := cpuTime(os.Getpid()) - before; all < theirs {
		t.Errorf("when the child was waited for, all is %v, less than its %v", all, theirs)
	}
	if got := cpuTime(1 << 30); got != time.Duration(0) {
		t.Errorf("a process that is not there took %v", got)
	}
}
