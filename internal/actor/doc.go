// Package actor carries out what the reconciler decides, with npm's protocol, artifacts and ID tokens: it seeds names,
// configures trusted publishers, judges and packs what internal/publish sends, reviews and approves what is staged, moves
// dist-tags, and gathers the evidence on trusted publishers that its credentials allow.
package actor
