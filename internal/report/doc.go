// Package report writes plans, results, diagnoses and comparisons: as a table for people, as JSON or YAML for programs, as Markdown for
// pull requests and chats, and plans and results also as JUnit and as an HTML page. All forms are made of one document.
//
// It decides nothing and asks nobody: what a human does next follows from the plan. cmd/facets-reconcile calls it. Start reading at
// [Document] and its Write, then table.go; nextsteps.go has what a human does.
package report
