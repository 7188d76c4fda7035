package ci

import (
	"fmt"
	"strings"
)

// AnotherEnvironment explains that a job is not in the environment that a trusted publisher asks for. file says where the job names its
// environment: "in the workflow".
func AnotherEnvironment(have, want []string, file, moved string) Cause {
	environment := strings.Join(want, ", ")
	next := fmt.Sprintf("write `environment: %s` under the job's name %s", environment, file)
	if len(have) == 0 {
		return Cause{What: "the job is in no environment, and the trusted publisher asks for " + environment,
			Next: next + "; if none is wanted, " + moved}
	}
	return Cause{What: fmt.Sprintf("the job is in the environment %s, not in %s", List(have), environment),
		Next: fmt.Sprintf("%s; if this is the one (`environment: %s`), %s", next, List(have), moved)}
}

// SurplusEnvironment is the doubt about a job in an environment, where the trusted publisher asks for none. npm's documentation calls the
// field optional; that npm refuses such jobs was reported several times (Adyen/adyen-node-api-library#1705,
// Get-Concord-AI/concord-mcp#23, fletchto99/hexo-sliding-spoiler#25), and never confirmed by npm.
func SurplusEnvironment(have, want []string, moved string) []Cause {
	if len(have) == 0 || len(want) > 0 {
		return nil
	}
	return []Cause{{
		What: fmt.Sprintf("the job is in the environment %s, and the trusted publisher asks for none: by reports npm refuses that",
			List(have)),
		Next: fmt.Sprintf("name it, too (`environment: %s`): %s", List(have), moved),
	}}
}
