// Package doctor tells why a package cannot be published: it compares the ID token at hand with the state file's trusted
// publisher, and explains what the registry answered. npm says 404 to whatever does not fit, so the reason has to be found
// on this side. Nothing here asks anybody: who is at hand and what was read is given to Diagnose.
//
// Package cmd gathers the [Symptoms] and calls [Symptoms.Explain] also for what a run was refused; internal/report writes the diagnosis.
// Start reading at [Diagnose], then package.go; cause.go has what a refused exchange may mean.
package doctor
