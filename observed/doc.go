// Package observed reads what is: for every package its dist-tags, one version's manifest and that version's tarball,
// and what can be learnt of its trusted publishers. The reads run side by side and end in one Snapshot.
//
// A failure to read is never an absence. What could not be read is Unknown and carries the error that says why.
package observed
