package rules

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// publishConfig refuses what its package.json would have npm do otherwise than the release does: one of the two is wrong, and
// the access and the registry cannot be taken back.
func publishConfig(s *subject) (found []finding) {
	const next = "correct the one that is wrong, or take it out of package.json"
	differs := func(field string, value any, is bool, want string) {
		if value != nil && !is {
			found = append(found, refuse(next, "its publishConfig has %s %s, and %s", field, shown(value), want))
		}
	}
	config := s.pkg.PublishConfig
	if want := s.want.Access; want != "" {
		differs("access", config["access"], config["access"] == want.String(), fmt.Sprintf("the state file says %s", want))
	}
	if want := s.want.DistTag; want != "" {
		differs("tag", config["tag"], config["tag"] == want.String(), fmt.Sprintf("the release gets the dist-tag %s", want))
	}
	if said := config["provenance"]; s.want.Attested && (said == false || said == "false") {
		found = append(found, refuse(next, "its publishConfig has provenance false, and the state file requires provenance"))
	}
	if want := s.want.Address; want != "" {
		fields := []string{"registry"}
		if scope := s.Name().Scope(); scope != "" {
			fields = append(fields, scope+":registry")
		}
		for _, field := range fields {
			differs(field, config[field], sameRegistry(packagejson.Text(config[field]), want), "the registry in use is "+want)
		}
	}
	return found
}

// sameRegistry compares two registries' URLs as npm does: without regard to a slash at the end, or the case of a host.
func sameRegistry(a, b string) bool {
	normal := func(text string) string {
		u, err := url.Parse(text)
		if err != nil || u.User != nil {
			return ""
		}
		u.Host = strings.ToLower(u.Host)
		return strings.TrimRight(u.String(), "/")
	}
	return normal(a) != "" && normal(a) == normal(b)
}

// shown is a value that anybody may have written, fit to be shown: a URL may hold a password.
func shown(value any) string {
	text, isText := value.(string)
	if !isText {
		return "that is no text"
	}
	if u, err := url.Parse(text); err == nil {
		text = u.Redacted()
	}
	return fmt.Sprintf("%.100q", text)
}
