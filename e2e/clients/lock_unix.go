//go:build !windows

package clients

import (
	"errors"
	"os"
	"syscall"
)

// lock holds a file until unlock is called or the process ends. Neither its contents nor who may read it change.
func lock(path string) (unlock func() error, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err == nil {
			return file.Close, nil
		} else if !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(err, file.Close())
		}
	}
}
