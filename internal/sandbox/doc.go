// Package sandbox is the outside world of one project in one process: an npm registry, GitHub's tags, and the issuers of ID tokens of
// CircleCI, GitHub Actions and GitLab, for rehearsals and tests. The unmodified npm client works against it.
//
// A World lives in a folder, which several processes may open at once: changes are made under a lock and by renaming
// whole files into place, so reads need no lock. Tokens, keys and second factors live in memory and end with the process.
//
// Everything stands on one origin, on loopback:
//
//	/                                  the registry
//	/auth/cli/<id>                     the page of a second factor or login; opening it approves
//	/github/repos/<owner>/<name>/git/… GitHub's tags, and beside git/, its issues and their comments
//	/circleci/org/<id>/.well-known/…   the issuer's discovery document and keys
//	/circleci/oidc?aud=…               mints an ID token, for stand-ins of the circleci program
//	/actions/…, /gitlab/…              the same documents of GitHub Actions and GitLab
//	/actions/plans/<run>/idtoken?…     mints an ID token for a job of GitHub Actions that shows its request token
//	/sigstore/fulcio, /sigstore/rekor  certify and record what signs provenance
//
// [World.JobEnv] gives a job of each system the variables that it finds there.
//
// Staged versions (/-/stage, for npm stage) share their numbers with published ones, wait for the end of their scan and for a human, and
// are published under the dist-tag that they were staged with.
//
// internal/place opens a World for a rehearsal, the command sandbox serves one, and tests use both. It knows nothing of releases, nor of
// what the program is about to do. Start reading at [World] and at the routes in route.go; fortests.go is for tests and tools alone.
//
// For rehearsals the registry differs from npm's in three ways: every session may write every package, second factors
// approve themselves, and answers must be revalidated (by ETag) where npm lets caches keep them for minutes.
package sandbox
