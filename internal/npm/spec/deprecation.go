package spec

// Deprecation is what npm is to say of a version to whoever installs it.
type Deprecation struct {
	Message string // "": nothing any more
	Tagged  bool   // also where a dist-tag points at the version
}
