// Package sigstore has no code of its own: its tests verify the provenance that this program makes by Sigstore's own verifier, which the
// program itself does without (docs/architecture.md).
package sigstore
