// Package depcheck holds the house's import rules, so that `go test` keeps the loop at the top of the tree apart from the
// outside world below internal/. The rules are [House]; its test reads every Go file of the module, whatever it is built
// for, and fails on each direct import that breaks one. Test files are free: they may stand anything beside anything.
package depcheck
