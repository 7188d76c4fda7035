package ci

// Finder finds out, for a project's first state file, which of its pipelines publish.
type Finder interface {
	// Drafts returns the trusted publishers that the project's files tell of.
	Drafts(p Project) []Draft
	// Blank returns the state file's form of a trusted publisher, where the project's files tell of none. What is to be filled in is in
	// CAPITALS.
	Blank(p Project) []string
}

// Project is what is known of a project.
type Project struct {
	Files      map[string][]byte // those of Facts.Files, by path
	Repository string            // where it is, such as "github.com/owner/repo"; "": not known
}

// Draft is a trusted publisher as far as it could be found out.
type Draft struct {
	From  string   // the file that speaks of it
	Lines []string // of the state file: "github:", "  repository: owner/repo"
	Open  bool     // there are values to be filled in
}
