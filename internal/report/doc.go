// Package report writes plans and results: as a table for people, as JSON or YAML for programs, as Markdown for pull
// requests and chats. All forms are made of one Document.
package report
