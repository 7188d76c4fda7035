package spec

import "time"

// Stage is a version that a registry holds until a human approves or rejects it.
type Stage struct {
	ID      string
	Name    Name
	Version Version
	DistTag DistTag   // that will point at the version; it cannot be changed
	Since   time.Time // zero where the registry does not say
	Actor   string    // who staged it, in the registry's words
	Kind    string    // of the actor: "user", "trusted automation"; "" where the registry does not say
	Access  Access    // "" where the registry does not say
	Shasum  string    // of the tarball: sha1, hex
	// Status is StatusValidating until the scan has ended, then StatusStaged: only then can it be approved. "" where the registry
	// does not say, as one does that scans nothing.
	Status Status

	Home Home // by which its version is compared with others
}

// Approvable tells whether nothing but a human's word is missing.
func (s Stage) Approvable() bool { return s.Status == StatusStaged || s.Status == "" }
