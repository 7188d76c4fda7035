package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// locked calls change while no other goroutine or process changes the folder.
func (f folder) locked(change func() error) (err error) {
	file, err := f.acquire()
	if err != nil {
		return fmt.Errorf("locking: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }() // closing unlocks
	return change()
}

// acquire opens the lock's file anew each time, because a lock belongs to an open file. It starts again if a reset has removed the file
// in the meantime.
func (f folder) acquire() (*os.File, error) {
	for {
		file, err := os.OpenFile(f.path(lockFile), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		if err := lock(file); err != nil {
			return nil, errors.Join(err, file.Close())
		}
		held, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if there, err := os.Stat(f.path(lockFile)); err == nil && os.SameFile(held, there) {
			return file, nil
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
}

// serving marks the folder as served until the file is closed.
func (f folder) serving() (*os.File, error) {
	file, err := os.OpenFile(f.path(servedFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := shareLock(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// served tells whether any process serves the folder.
func (f folder) served() (bool, error) {
	file, err := os.OpenFile(f.path(servedFile), os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	free, err := tryLock(file)
	return !free, errors.Join(err, file.Close())
}
