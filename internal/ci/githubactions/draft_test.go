package githubactions_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
)

func TestWorkflowsThatPublish(t *testing.T) {
	const job = "jobs: {a: {permissions: {id-token: write}}}\n"
	for name, test := range map[string]struct {
		file, content string
		found         bool
	}{
		"a job may have ID tokens":         {content: "on: push\n" + job, found: true},
		"with a capital":                   {file: ".github/workflows/Publish.yml", content: "on: push\n" + job, found: true},
		"so may all":                       {content: "on: push\npermissions: {id-token: write}\njobs: {a: {}}\n", found: true},
		"all that there is":                {content: "on: push\npermissions: write-all\njobs: {a: }\n", found: true},
		"called, and started by hand":      {content: "on: [workflow_call, workflow_dispatch]\n" + job, found: true},
		"in quotes":                        {content: "\"on\": {push: {tags: [v*]}}\n" + job, found: true},
		"only called":                      {content: "on: {workflow_call: {inputs: {}}}\n" + job},
		"only called, in a list":           {content: "on: [workflow_call]\n" + job},
		"a job's own permissions are less": {content: "on: push\npermissions: write-all\njobs: {a: {permissions: read-all}}\n"},
		"they may only be read":            {content: "on: push\njobs: {a: {permissions: {id-token: read}}}\n"},
		"no jobs":                          {content: "on: push\npermissions: write-all\n"},
		"another name":                     {file: ".github/workflows/pages.yml", content: "on: push\n" + job},
		"a name that no form takes":        {file: ".github/workflows/release\n# .yml", content: "on: push\n" + job},
		"another folder":                   {file: "publish.yml", content: "on: push\n" + job},
		"a list":                           {content: "[1, 2]"},
		"jobs in a list":                   {content: "on: push\njobs: [a]\n"},
		"an alias of itself":               {content: "on: &a [*a]\n" + job},
		"no YAML":                          {content: "\x00{"},
		"nothing":                          {},
	} {
		t.Run(name, func(t *testing.T) {
			if test.file == "" {
				test.file = ".github/workflows/npm-publish.yml"
			}
			project := ci.Project{Repository: "github.com/o/r", Files: map[string][]byte{test.file: []byte(test.content)}}
			drafts := githubactions.Provider{}.Drafts(project)
			NewWithT(t).Expect(len(drafts) == 1).To(Equal(test.found), "%v", drafts)
		})
	}
}
