// Package rules judges an artifact before anything of its release is sent, because a version's number can never be used again.
//
// Each rule is a function in a file of its own, over a subject that it must not change. A rule returns problems: a refusal, which keeps
// the release from being published, or a warning, which stops nothing. To add a rule, write its file and its test, name it in all
// (rules.go), and describe it in docs/artifacts.md.
//
// The package sends nothing and knows no registry: what it has to know of one is in Want. internal/actor calls Check, where reading starts.
package rules
