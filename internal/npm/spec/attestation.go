package spec

// Attestation is what the provenance of a version says, as far as it matters to somebody who compares.
type Attestation struct {
	Repository string // "https://github.com/owner/repo", by the certificate
	Commit     string // the same
	Wrong      string // why it is not that of what is served; "": it is
}
