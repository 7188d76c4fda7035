// Package rules judges an artifact before anything of its release is sent: a version's number is never free again.
//
// Each rule is a file of its own with one function over a subject, which is read-only; all lists them. A rule returns problems:
// a refusal, which holds back the release, or a warning, which is told and holds back nothing. docs/artifacts.md has each rule by
// its name. To add one, write its file, its test and its line there, and name it in all.
package rules
