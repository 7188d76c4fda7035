package artifact

import "fmt"

// The limits of a package, whether a directory or a .tgz. They protect against hostile archives. npm itself has no such limits; these are
// far above any package that was ever published.
const (
	maxUnpacked = 4 << 30 // bytes
	maxEntries  = 200_000
	maxPaths    = 64 << 20 // bytes of all paths together
)

// limits counts what a package holds.
type limits struct {
	entries, paths int
	unpacked       int64
}

// count adds one entry. Its error is a sentence about the artifact.
func (l *limits) count(path string, size int64) error {
	if l.entries++; l.entries > maxEntries {
		return fmt.Errorf("it holds more than %d entries; split the package", maxEntries)
	}
	if l.unpacked += size; size > maxUnpacked || l.unpacked > maxUnpacked {
		return tooLarge()
	}
	if l.paths += len(path); l.paths > maxPaths {
		return fmt.Errorf("its paths have more than %d bytes; split the package", maxPaths)
	}
	return nil
}

func tooLarge() error {
	return fmt.Errorf("it unpacks to more than %d bytes; split the package, or leave files out", int64(maxUnpacked))
}
