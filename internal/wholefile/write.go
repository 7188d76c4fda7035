package wholefile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Ext is the extension of files that are not yet in their place. One that a killed program has left may be removed.
const Ext = ".tmp"

// Write puts data in the place of whatever file, or symbolic link, has that path. The mode is narrowed by the umask.
//
// The new file is made in the same folder, under a name that nobody can foretell and only where nothing has it yet: a link that
// somebody has planted is never followed. It is not flushed to the disk, as all that is written here can be made anew.
func Write(path string, data []byte, mode fs.FileMode) (err error) {
	temporary := filepath.Join(filepath.Dir(path), "."+rand.Text()+Ext)
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary))
		}
	}()
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// WriteWithFolders is Write, and makes the folders that are missing.
func WriteWithFolders(path string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // G301: a file that is to be private is so by its mode
		return err
	}
	return Write(path, data, mode)
}
