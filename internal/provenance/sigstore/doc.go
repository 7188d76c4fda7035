// Package sigstore has provenance statements signed: Fulcio certifies a key for one ID token and ten minutes, and Rekor, the transparency
// log, records what was signed with it. Both are asked again while they are in trouble, within bounds. Read Signer.Attest.
//
// Sources: the requests of @sigstore/sign 5 as npm 12 uses it; Fulcio's API v2, Rekor's API v1 with entries of type dsse 0.0.1.
package sigstore
