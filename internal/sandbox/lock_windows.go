package sandbox

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

func lock(file *os.File) error { return lockRange(file, windows.LOCKFILE_EXCLUSIVE_LOCK) }

// shareLock locks the file together with others who share it.
func shareLock(file *os.File) error { return lockRange(file, 0) }

// tryLock locks the file if nobody else has.
func tryLock(file *os.File) (locked bool, err error) {
	err = lockRange(file, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

func lockRange(file *os.File, how uint32) error {
	return windows.LockFileEx(windows.Handle(file.Fd()), how, 0, 1, 0, new(windows.Overlapped))
}
