//go:build !windows

package sandbox

import (
	"errors"
	"os"
	"syscall"
)

func lock(file *os.File) error { return flock(file, syscall.LOCK_EX) }

// shareLock locks the file together with others who share it.
func shareLock(file *os.File) error { return flock(file, syscall.LOCK_SH) }

// tryLock locks the file if nobody else has.
func tryLock(file *os.File) (locked bool, err error) {
	err = flock(file, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func flock(file *os.File, how int) error {
	for {
		if err := syscall.Flock(int(file.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
