// Package sigstore gets provenance statements signed. Fulcio certifies a key for one ID token, for ten minutes; Rekor, the transparency
// log, records what was signed with it. Where one of them does not answer, it is asked again, a limited number of times. The package
// knows no statement's contents; internal/actor calls it. Read Signer.Attest.
//
// Sources: the requests of @sigstore/sign 5 as npm 12 uses it; Fulcio's API v2, Rekor's API v1 with entries of type dsse 0.0.1.
package sigstore
