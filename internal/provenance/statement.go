package provenance

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// The kinds of statements and predicates that npm takes.
const (
	StatementV1  = "https://in-toto.io/Statement/v1"
	StatementV01 = "https://in-toto.io/Statement/v0.1"
	SLSAV1       = "https://slsa.dev/provenance/v1"
	SLSAV02      = "https://slsa.dev/provenance/v0.2"

	payloadType = "application/vnd.in-toto+json"
)

// Origin says from what and how a job builds: everything in a statement but the subject.
type Origin struct {
	StatementType string
	PredicateType string
	Predicate     any    // is marshalled as JSON
	Repository    string // the URL that package.json has to name as repository
}

// Statement is what is signed: a subject, and its origin.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     any       `json:"predicate"`
}

// Subject is the tarball of a version.
type Subject struct {
	Name   string `json:"name"` // a package URL
	Digest Digest `json:"digest"`
}

// Digest is the tarball's sha512.
type Digest struct {
	SHA512 string `json:"sha512"` // hex
}

// SubjectOf returns the tarball of a version, by npm's name for it whatever the registry is.
func SubjectOf(name spec.Name, version spec.Version, integrity spec.Integrity) (Subject, error) {
	digest, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(integrity.String(), "sha512-"))
	if err != nil || len(digest) != sha512.Size {
		return Subject{}, fmt.Errorf("the integrity %q of %s@%s is no sha512", integrity, name, version)
	}
	purl := "pkg:npm/" + strings.Replace(name.String(), "@", "%40", 1) + "@" + version.String()
	return Subject{Name: purl, Digest: Digest{SHA512: hex.EncodeToString(digest)}}, nil
}

// Statement returns the JSON that says where a subject comes from.
func (o Origin) Statement(subject Subject) ([]byte, error) {
	payload, err := json.Marshal(Statement{
		Type: o.StatementType, Subject: []Subject{subject}, PredicateType: o.PredicateType, Predicate: o.Predicate,
	})
	if err != nil {
		return nil, fmt.Errorf("the provenance statement: %w", err)
	}
	return payload, nil
}
