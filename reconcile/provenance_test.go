package reconcile_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// attested has the manifest show provenance.
func attested(p *observed.Package) {
	p.Manifest.Dist.Attestations = json.RawMessage(`{"provenance": {"predicateType": "https://slsa.dev/provenance/v1"}}`)
}

func TestTheConditionProvenance(t *testing.T) {
	for name, test := range map[string]struct {
		wanted    desired.Provenance
		is        observed.Package
		condition string // "": there is none
		finding   bool
	}{
		"not wanted, not there":        {desired.ProvenanceAuto, is("lib"), "", false},
		"not wanted, shown":            {desired.ProvenanceAuto, is("lib", attested), "True Attested", false},
		"off, shown":                   {desired.ProvenanceOff, is("lib", attested), "True Attested", false},
		"required, shown":              {desired.ProvenanceRequired, is("lib", attested), "True Attested", false},
		"required, not there":          {desired.ProvenanceRequired, is("lib"), "False Unattested", true},
		"required, not published yet":  {desired.ProvenanceRequired, is("lib", state(observed.Absent)), "False NotServed", false},
		"required, not to be read":     {desired.ProvenanceRequired, is("lib", failing("down")), "Unknown ReadFailed", false},
		"required, name still missing": {desired.ProvenanceRequired, is("lib", missing), "False NotServed", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			want := reconcile.Desired{Placeholder: "0.0.1", Releases: []desired.Release{{
				Group: "libraries", Version: "1.0.0", DistTag: "latest", Selected: true, Provenance: test.wanted,
				Packages: []desired.Package{{Name: "lib", Role: desired.RoleLibrary}},
			}}}
			plan := reconcile.Diff(want, observed.Snapshot{"lib": test.is}, reconcile.Policy{})
			c, ok := plan.Packages()[0].Condition(reconcile.Provenance)
			g.Expect(ok).To(Equal(test.condition != ""))
			if ok {
				g.Expect(string(c.Status) + " " + c.Reason).To(Equal(test.condition))
			}
			g.Expect(kindsOf(plan.Findings)).To(Equal(map[bool][]reconcile.FindingType{true: {reconcile.Unattested}}[test.finding]))
			g.Expect(plan.Summary.Converged).To(Equal(test.condition == "" || test.condition == "True Attested"))

			want.Accept = []desired.Acceptance{{Finding: "Unattested", Package: "lib", Version: "1.0.0", Reason: "the log was down"}}
			if plan = reconcile.Accept(plan, want, time.Now()); test.finding {
				g.Expect(plan.Findings).To(BeEmpty())
				g.Expect(plan.Summary.Converged).To(BeTrue(), "it is accepted")
				g.Expect(plan.Groups[0].Conditions[0].Status).To(Equal(reconcile.True))
			}
		})
	}
}

func kindsOf(findings []reconcile.Finding) (kinds []reconcile.FindingType) {
	for _, f := range findings {
		if f.Type == reconcile.Unattested || f.Type == reconcile.ProvenanceDiffers {
			kinds = append(kinds, f.Type)
		}
	}
	return kinds
}

func TestProvenanceIsComparedInAnAudit(t *testing.T) {
	const home, commit = "https://github.com/Example/demo", "1111111111111111111111111111111111111111"
	for name, test := range map[string]struct {
		said    *spec.Attestation
		err     error
		finding reconcile.FindingType // "": none
		says    string
	}{
		"none":                       {},
		"as it should be":            {said: &spec.Attestation{Repository: home, Commit: commit}},
		"that of the other house":    {said: &spec.Attestation{Repository: "https://gitlab.com/example/sub/demo", Commit: commit}},
		"of something else":          {said: &spec.Attestation{Repository: home, Wrong: "it is of another tarball"}, finding: reconcile.ProvenanceDiffers, says: "another tarball"},
		"of another repository":      {said: &spec.Attestation{Repository: "https://github.com/mallory/demo"}, finding: reconcile.ProvenanceDiffers, says: "https://github.com/mallory/demo"},
		"of another commit":          {said: &spec.Attestation{Repository: home, Commit: "2222"}, finding: reconcile.ProvenanceDiffers, says: "commit 2222"},
		"that does not say a commit": {said: &spec.Attestation{Repository: home}},
		"that could not be read":     {err: errors.New("502"), finding: reconcile.Unreadable, says: "502"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := newShelf(t)
			s.want.Repository = "github.com/example/demo"
			s.want.TrustedPublishers = spec.TrustedPublishers{{Type: "gitlab", Claims: spec.Claims{"project_path": "example/sub/demo"}}}
			for i := range s.want.Releases {
				s.want.Releases[i].Commit = commit
			}
			s.lib.Provenance, s.lib.ProvenanceErr = test.said, test.err
			found := s.audit()
			if test.finding == "" {
				g.Expect(found).To(BeEmpty())
				return
			}
			g.Expect(found).To(ConsistOf(And(HaveField("Type", test.finding), HaveField("Package", spec.Name("lib")),
				HaveField("Version", spec.Version("2.0.0")), HaveField("Message", ContainSubstring(test.says)))))
		})
	}
}
