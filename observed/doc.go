// Package observed reads what is: for every package its dist-tags, one version's manifest and that version's tarball,
// and what can be learnt of its trusted publishers. The reads run side by side and end in one Snapshot.
//
// A failure to read is never an absence: whoever took it for one would publish a version again. What could not be read is Unknown and
// carries the error that says why.
//
// The package knows neither desired nor reconcile: it answers queries and judges nothing. It knows no HTTP either: internal/npm fulfils
// its interfaces. reconcile's loop calls Observer, and its Drift calls Auditor; internal/place puts both together. Start reading with
// snapshot.go (question and answer), then state.go and reading.go (how evidence becomes a state), observe.go (in which order it is read).
package observed
