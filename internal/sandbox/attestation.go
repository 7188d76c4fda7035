package sandbox

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf16"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
)

// attestationsPath is where the provenance of versions is served.
const attestationsPath = "/-/npm/v1/attestations/"

// attested returns the provenance bundle in an upload, nil where it has none, or npm's refusal. It compares the bundle with the tarball,
// and checks that the certificate comes from this world's authority.
func (g *registry) attested(u *upload, name spec.Name, version spec.Version) (json.RawMessage, error) {
	b := u.bundle
	if b == nil {
		return nil, nil
	}
	named := b.name == name.String()+"-"+version.String()+".sigstore"
	if !named || b.Length != len(utf16.Encode([]rune(b.Data))) || b.Type != provenance.MediaType {
		return nil, refuse(http.StatusBadRequest, "the provenance attachment is not as npm sends it")
	}
	bundle, err := provenance.Parse([]byte(b.Data))
	if err != nil {
		return nil, unverified(err.Error())
	}
	subject, err := provenance.SubjectOf(name, version, u.tarball.integrity)
	if err != nil {
		return nil, err
	}
	if err := bundle.Check(subject); err != nil {
		return nil, unverified(err.Error())
	}
	if err := g.sigstore.trusts(bundle); err != nil {
		return nil, unverified(err.Error())
	}
	who, err := bundle.Identity()
	if err != nil {
		return nil, unverified(err.Error())
	}
	var m struct {
		Repository spec.Repository `json:"repository"`
	}
	if err := unmarshal(u.Versions[version], &m); err != nil {
		return nil, err
	}
	system, hosted := "GitHub Actions", "github-hosted"
	if strings.HasPrefix(who.Repository, "https://gitlab.com/") {
		system, hosted = "GitLab CI", "gitlab-hosted"
	}
	switch {
	case who.Runner == "": // CircleCI: whether npm takes its bundles is not known
		return nil, unverified("Unsupported CI system: " + who.Issuer)
	case who.Visibility != "public":
		return nil, unverified("Unsupported " + system + ` source repository visibility: "` + who.Visibility +
			`". Only public source repositories are supported when publishing with provenance.`)
	case who.Runner != hosted:
		return nil, unverified("Unsupported " + system + ` runner environment: "` + who.Runner + `". Only "` + hosted +
			`" runners are supported when publishing with provenance.`)
	case !provenance.SameRepository(m.Repository, who.Repository):
		return nil, unverified(`Failed to validate repository information: package.json: "repository.url" is "` + string(m.Repository) +
			`", expected to match "` + who.Repository + `" from provenance`)
	}
	return json.RawMessage(b.Data), nil
}

// unverified is npm's answer to a bundle that it refuses.
func unverified(why string) *answer {
	return refuse(http.StatusUnprocessableEntity, "Error verifying sigstore provenance bundle: %s", why)
}

// trusts checks that this world's authority issued the certificate, and that it was valid when the log recorded the signature.
func (s *sigstore) trusts(b provenance.Bundle) error {
	keys, err := s.keys()
	if err != nil {
		return err
	}
	certificate, err := b.Signer()
	if err != nil {
		return err
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(keys.root)
	between.AddCert(keys.authority)
	_, err = certificate.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: s.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	})
	return err
}

// attestations serves the provenance of a version.
func (g *registry) attestations(rw http.ResponseWriter, r *http.Request, which string) error {
	at := strings.LastIndex(which, "@")
	if at <= 0 {
		return refuse(http.StatusNotFound, "Not found")
	}
	version := spec.Version(which[at+1:])
	p, err := g.visible(r, spec.Name(which[:at]))
	if err != nil {
		return err
	}
	bundle := p.Versions[version].Bundle
	if !p.isServed(version, g.options.Now()) || bundle == nil {
		return refuse(http.StatusNotFound, "Not found")
	}
	return sendDocument(rw, r, "application/json", map[string]any{
		"attestations": []map[string]any{{"predicateType": predicateOf(bundle), "bundle": bundle}},
	})
}

// predicateOf returns the type of the statement's predicate in a bundle; "" where it cannot be read.
func predicateOf(document json.RawMessage) string {
	b, err := provenance.Parse(document)
	if err != nil {
		return ""
	}
	statement, err := b.Statement()
	if err != nil {
		return ""
	}
	return statement.PredicateType
}

// attestationsOf returns what a manifest has about provenance, under dist; nil where the version has none.
func attestationsOf(p *record, version spec.Version, origin string) json.RawMessage {
	bundle := p.Versions[version].Bundle
	if len(bytes.TrimSpace(bundle)) == 0 {
		return nil
	}
	return raw(map[string]any{
		"url":        origin + attestationsPath + p.Name.Escaped() + "@" + version.String(),
		"provenance": map[string]string{"predicateType": predicateOf(bundle)},
	})
}
