// Package provenance states from which commit a tarball was built, and where, in the form that npm takes: a signed statement in a
// Sigstore bundle. It makes statements and bundles, reads them, and checks them. It sends nothing and reads nothing by itself: the
// predicate of a statement comes from a CI system (internal/ci), certificate and log entry from provenance/sigstore. internal/actor makes
// provenance with it, internal/npm and internal/sandbox check it. Read Statement first, then Bundle and Bundle.Check.
//
// Sources: in-toto's Statement v1 and v0.1, DSSE's protocol, Sigstore's bundle v0.3 as npm 12 makes it (libnpmpublish 12.0.1,
// @sigstore/sign 5), RFC 9162 for the log's proofs.
package provenance
