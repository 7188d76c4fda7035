package gitlab

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// Pipeline identifies the pipeline that may publish: the state file's form of a trusted publisher.
type Pipeline struct {
	Project     string `json:"project"`               // "group/project", or with groups between
	ConfigFile  string `json:"configFile"`            // the name of the pipeline's file
	Environment string `json:"environment,omitempty"` // that the job names; "": it names none
}

// Publisher is the pipeline as a trusted publisher, by the trust API.
func (p Pipeline) Publisher(permissions ...string) spec.TrustedPublisher {
	claims := spec.Claims{ClaimProject: p.Project, ClaimConfig: spec.File(p.ConfigFile)}
	if p.Environment != "" {
		claims[ClaimEnvironment] = p.Environment
	}
	return spec.TrustedPublisher{Type: Type, Claims: claims, Permissions: permissions}
}

// Fields returns the values with the labels of npm's page. The namespace may consist of several groups.
func (Provider) Fields(p spec.TrustedPublisher) [][2]string {
	project, namespace := ci.Joined(p, ClaimProject), ""
	if i := strings.LastIndex(project, "/"); i >= 0 {
		namespace, project = project[:i], project[i+1:]
	}
	return ci.Filled([][2]string{
		{"Namespace", namespace}, {"Project name", project},
		{"Top-level CI file path", ci.Joined(p, ClaimConfig)}, {"Environment name", ci.Joined(p, ClaimEnvironment)},
	})
}

// Title returns the project, the file and the environment.
func (Provider) Title(p spec.TrustedPublisher) string {
	title := append([]string{p.Type}, p.Claims.Values(ClaimProject)...)
	title = append(title, p.Claims.Values(ClaimConfig)...)
	if environments := p.Claims.Values(ClaimEnvironment); len(environments) > 0 {
		title = append(title, "in "+ci.List(environments))
	}
	return strings.Join(title, " ")
}

// Start is a call of GitLab's API ("Create a new pipeline", POST /projects/:id/pipeline). The token is the shell's to fill in.
func (Provider) Start(p spec.TrustedPublisher, tag string) (string, error) {
	projects := p.Claims.Values(ClaimProject)
	if len(projects) != 1 {
		return "", errWebPage
	}
	address := fmt.Sprintf("https://%s/api/v4/projects/%s/pipeline?ref=%s", host, url.PathEscape(projects[0]), url.QueryEscape(tag))
	return fmt.Sprintf(`curl -fsS -X POST -H "PRIVATE-TOKEN: $GITLAB_TOKEN" %s`, words.Quoted(address)), nil
}

var errWebPage = errors.New("its pipeline can be started on the page Pipelines of its project, too")
