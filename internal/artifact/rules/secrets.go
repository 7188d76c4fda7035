package rules

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/secret"
)

// secrets refuses credentials, private keys and environments. What they are is told, their values are not.
func secrets(s *subject) []finding {
	files := s.unless(secretFiles(s))
	if len(files) == 0 {
		return nil
	}
	return []finding{refuse(s.leaveOut()+"; if it is meant, as a key for tests is, name it under artifactAllow in the state file",
		"it holds %s", few(files, func(f artifact.File) string { return fmt.Sprintf("%s (%s)", f.Path, s.secret(f)) }))}
}

func secretFiles(s *subject) []artifact.File {
	return s.those(func(f artifact.File) bool { return s.secret(f) != "" })
}

// secret is what secret a file holds. The package.json of a .tgz is not among those that were looked at.
func (s *subject) secret(f artifact.File) secret.Kind {
	if f.Path == "package.json" {
		return secret.Token(s.pkg.Raw)
	}
	return f.Secret
}

// leaveOut says how a file is kept out of the package.
func (s *subject) leaveOut() string {
	if s.Packed() {
		return "pack it again without"
	}
	return "leave it out, by files in its package.json or by .npmignore"
}

// few names the first of several files, and counts the others.
func few(files []artifact.File, name func(artifact.File) string) string {
	const most = 3
	text := ""
	for i, f := range files {
		switch {
		case i == most:
			return fmt.Sprintf("%s and %d more", text, len(files)-most)
		case i > 0:
			text += ", "
		}
		text += name(f)
	}
	return text
}

func byPath(f artifact.File) string { return f.Path }
