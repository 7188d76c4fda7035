// Package provenance says of a tarball from which commit it was built, and where, in the form that npm takes: a signed statement in a
// Sigstore bundle. It makes statements and bundles, reads them, and checks them; it sends and reads nothing by itself. The statement's
// predicate is a CI system's own (internal/ci), certificate and log entry are got by provenance/sigstore. Read Statement, then Bundle and
// Bundle.Check.
//
// Sources: in-toto's Statement v1 and v0.1, DSSE's protocol, Sigstore's bundle v0.3 as npm 12 makes it (libnpmpublish 12.0.1,
// @sigstore/sign 5), RFC 9162 for the log's proofs.
package provenance
