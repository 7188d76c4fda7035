package spec

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
)

// Integrity is a tarball's sha512 in the form of npm's dist.integrity: "sha512-" and the digest in base64.
type Integrity string

const sha512Prefix = "sha512-"

// NewIntegrity makes an Integrity of a sha512 digest.
func NewIntegrity(digest [sha512.Size]byte) Integrity {
	return Integrity(sha512Prefix + base64.StdEncoding.EncodeToString(digest[:]))
}

// ParseIntegrity returns the sha512 among the hashes of an integrity string (subresource integrity: several hashes parted
// by white space, each with options behind a question mark).
func ParseIntegrity(s string) (Integrity, error) {
	for hash := range strings.FieldsSeq(s) {
		hash, _, _ = strings.Cut(hash, "?")
		encoded, ok := strings.CutPrefix(hash, sha512Prefix)
		if !ok {
			continue
		}
		if digest, err := base64.StdEncoding.DecodeString(encoded); err != nil || len(digest) != sha512.Size {
			return "", fmt.Errorf("%q holds a malformed sha512", s)
		}
		return Integrity(hash), nil
	}
	return "", fmt.Errorf("%q holds no sha512", s)
}

// String returns the integrity as npm writes it.
func (i Integrity) String() string { return string(i) }
