package provenance

import (
	"encoding/asn1"
	"net/url"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Identity is the signer as the certificate names it: the job, with the claims of its ID token. What the certificate does not say is "".
type Identity struct {
	Issuer     string // of the ID token
	Repository string // the URL of the source repository
	Commit     string
	Workflow   string // the URL of the file that defines the job, with the ref
	Runner     string // "github-hosted", "gitlab-hosted", "self-hosted"
	Visibility string // of the repository: "public", …
}

// Identity reads the extensions of the certificate, which Fulcio defines (its oid-info.md).
func (b Bundle) Identity() (Identity, error) {
	certificate, err := b.Signer()
	if err != nil {
		return Identity{}, err
	}
	var who Identity
	fields := map[int]*string{8: &who.Issuer, 11: &who.Runner, 12: &who.Repository, 13: &who.Commit, 18: &who.Workflow, 22: &who.Visibility}
	fulcio := asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1}
	for _, e := range certificate.Extensions {
		last := len(e.Id) - 1
		if last != len(fulcio) || !e.Id[:last].Equal(fulcio) || fields[e.Id[last]] == nil {
			continue
		}
		_, _ = asn1.UnmarshalWithParams(e.Value, fields[e.Id[last]], "utf8") // what is no text stays ""
	}
	return who, nil
}

// SameRepository tells whether package.json names the repository of a statement. As on npm, upper and lower case matter; the form of the
// address does not.
func SameRepository(address spec.Repository, repository string) bool {
	return address != "" && plainRepository(string(address)) == plainRepository(repository)
}

func plainRepository(address string) string {
	address = strings.TrimPrefix(address, "git+")
	if at, ok := strings.CutPrefix(address, "git@"); ok { // as ssh takes it
		address = "https://" + strings.Replace(at, ":", "/", 1)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return strings.ToLower(u.Hostname()) + "/" + strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
}
