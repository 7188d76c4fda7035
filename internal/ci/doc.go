// Package ci holds what all CI systems have in common whose jobs npm trusts: what a job is, what its ID token claims, and the interface
// that each system fulfils in a room of its own (ci/circleci, ci/githubactions, ci/gitlab). It reads nothing and sends nothing: what it
// needs of the surroundings is given to it. Read Provider first. ci/idtoken finds a job's ID token, ci/providers lists the systems there
// are. The rooms that judge, exchange and print call those two, and know no system by name.
package ci
