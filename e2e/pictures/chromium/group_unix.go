//go:build unix

package chromium

import (
	"errors"
	"os/exec"
	"syscall"
)

// ownGroup puts the browser and what it starts into a process group, so that all of it can be ended.
func ownGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return killGroup(command) }
}

func killGroup(command *exec.Cmd) error {
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}
