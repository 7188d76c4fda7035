//go:build !windows

package sandbox

import (
	"errors"
	"os"
	"syscall"
)

func lock(file *os.File) error {
	for {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
