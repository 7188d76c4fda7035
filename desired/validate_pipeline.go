package desired

import (
	"path"
	"regexp"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateGitHub(at *field.Path, w githubactions.Workflow) problemList {
	problems := validateProject(at.Child("repository"), w.Repository, "owner/repo", patternOwned)
	problems = append(problems, validateFile(at.Child("workflow"), w.Workflow, "publish.yml")...)
	return append(problems, validateEnvironment(at.Child("environment"), w.Environment)...)
}

func validateGitLab(at *field.Path, p gitlab.Pipeline) problemList {
	problems := validateProject(at.Child("project"), p.Project, "group/project, with all groups", patternProject)
	problems = append(problems, validateFile(at.Child("configFile"), p.ConfigFile, ".gitlab-ci.yml")...)
	return append(problems, validateEnvironment(at.Child("environment"), p.Environment)...)
}

// validateProject checks the path that a repository has on its host.
func validateProject(at *field.Path, project, form, pattern string) problemList {
	switch {
	case project == "":
		return problemList{field.Required(at, "the repository, as "+form)}
	case strings.Contains(project, ":"), strings.HasPrefix(project, "github.com/"), strings.HasPrefix(project, "gitlab.com/"):
		return problemList{field.Invalid(at, project, "must have the form "+form+", without scheme and host")}
	case strings.HasSuffix(project, ".git"):
		return problemList{field.Invalid(at, project, "must have the form "+form+", without .git")}
	case !regexp.MustCompile(pattern).MatchString(project):
		return problemList{field.Invalid(at, project, "must have the form "+form)}
	}
	return nil
}

// validateFile checks the name of a pipeline's file. The registry takes a name alone (npm 12, lib/commands/trust).
func validateFile(at *field.Path, name, example string) problemList {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	switch {
	case name == "":
		return problemList{field.Required(at, "the name of the pipeline's file, such as "+example)}
	case base != name && regexp.MustCompile(patternFile).MatchString(base):
		return problemList{field.Invalid(at, name, "must be the file's name alone, without folders: "+base)}
	case !regexp.MustCompile(patternFile).MatchString(name):
		return problemList{field.Invalid(at, name, "must be the name of a file that ends in .yml or .yaml, such as "+example)}
	}
	return nil
}

// validateEnvironment checks a job's environment, which may be left out.
func validateEnvironment(at *field.Path, name string) problemList {
	switch {
	case name == "" || regexp.MustCompile(patternEnvironment).MatchString(name):
		return nil
	case strings.Contains(name, "$"):
		return problemList{field.Invalid(at, name, "must be the environment's name as the job has it: no variables are filled in")}
	}
	return problemList{field.Invalid(at, name, "must be the environment's name, without spaces around it")}
}
