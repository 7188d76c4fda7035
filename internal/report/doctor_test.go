package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
)

// jobToken is the ID token of a job that is the wanted trusted publisher's, but for what change does.
func jobToken(now time.Time, change func(*ci.Claims)) idtoken.Token {
	c := ci.Claims{
		Issuer: "https://oidc.circleci.com/org/x", Audience: []string{"npm:registry.example.test"},
		IssuedAt: now.Add(-time.Minute), Expires: now.Add(59 * time.Minute), Job: spec.Claims{circleci.ClaimSSHRerun: false},
	}
	for claim, value := range want().TrustedPublishers[0].Claims {
		c.Job[claim] = value
	}
	if change != nil {
		change(&c)
	}
	return idtoken.Token{Secret: spec.NewSecret("sssecret"), Claims: c, From: "`circleci run oidc get`"}
}

// exchanged is how each package answered to the ID token.
func exchanged(how func(spec.Name) observed.Trust) []observed.Package {
	var packages []observed.Package
	for _, name := range names() {
		packages = append(packages, observed.Package{Name: name, Existence: observed.Exists, Trust: how(name)})
	}
	return packages
}

func notFound(name spec.Name) error {
	return &npm.Error{Operation: "exchanging the ID token for", Package: name, Status: 404, Reason: npm.NoneTrusted,
		Message: "OIDC token exchange error - package not found"}
}

func diagnoses() map[string]doctor.Diagnosis {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	taken := func(spec.Name) observed.Trust {
		return observed.Trust{Exchange: observed.ExchangeTaken, PublishedBy: circleci.Type}
	}
	unproven := func(spec.Name) observed.Trust { return observed.Trust{Exchange: observed.ExchangeTaken} }
	refused := func(name spec.Name) observed.Trust {
		return observed.Trust{Exchange: observed.ExchangeRefused, Refusal: notFound(name)}
	}
	inJob := func(token idtoken.Token, packages []observed.Package) doctor.Symptoms {
		return doctor.Symptoms{Audience: "npm:registry.example.test", Want: want().TrustedPublishers, Now: now,
			IDToken: doctor.IDToken{Expected: true, Token: token}, Packages: packages}
	}
	untrusted := exchanged(taken)
	untrusted[1].Trust = refused(untrusted[1].Name)
	untrusted[4].Existence, untrusted[4].Trust = observed.Missing, refused(untrusted[4].Name)
	development := jobToken(now, func(c *ci.Claims) {
		c.Job[circleci.ClaimPipelineDefinition] = "00000000-0000-4000-8000-00000000dead"
		c.Job[circleci.ClaimContexts] = []string{"00000000-0000-4000-8000-000000000004"}
	})
	down := exchanged(func(spec.Name) observed.Trust { return observed.Trust{} })
	for i := range down {
		down[i].Existence, down[i].Err = observed.Unsure, &npm.Error{Operation: "reading the dist-tags of", Package: down[i].Name, Status: 503}
	}
	runner := inJob(jobToken(now, nil), exchanged(refused))
	runner.Runner = "CIRCLECI_RUNNER_NAME"
	human := doctor.Symptoms{Want: want().TrustedPublishers, Now: now, Session: doctor.Session{Held: true, User: "a-human"},
		Packages: exchanged(func(spec.Name) observed.Trust { return observed.Trust{Listed: true} })}
	return map[string]doctor.Diagnosis{
		"healthy":     doctor.Diagnose(inJob(jobToken(now, nil), exchanged(taken))),
		"unproven":    doctor.Diagnose(inJob(jobToken(now, nil), exchanged(unproven))),
		"untrusted":   doctor.Diagnose(inJob(jobToken(now, nil), untrusted)),
		"runner":      doctor.Diagnose(runner),
		"development": doctor.Diagnose(inJob(development, exchanged(refused))),
		"human":       doctor.Diagnose(human),
		"nobody":      doctor.Diagnose(doctor.Symptoms{Want: want().TrustedPublishers, Packages: down}),
	}
}

func TestGoldenDiagnoses(t *testing.T) {
	for name, diagnosis := range diagnoses() {
		for _, format := range []report.Format{report.Table, report.Markdown, report.JSON} {
			t.Run(name+"/"+string(format), func(t *testing.T) {
				g := NewWithT(t)
				var got bytes.Buffer
				g.Expect(report.NewDoctor(diagnosis, "https://registry.example.test/").Write(&got, format, false)).To(Succeed())
				g.Expect(got.String()).NotTo(ContainSubstring("sssecret"))
				file := filepath.Join("testdata", "doctor", name+"."+string(format)+".golden")
				if *update {
					g.Expect(os.MkdirAll(filepath.Dir(file), 0o755)).To(Succeed())
					g.Expect(os.WriteFile(file, got.Bytes(), 0o644)).To(Succeed())
				}
				want, err := os.ReadFile(file)
				g.Expect(err).NotTo(HaveOccurred(), "write it with -update")
				g.Expect(got.String()).To(Equal(string(want)))
			})
		}
	}
	NewWithT(t).Expect(filepath.Glob("testdata/doctor/*.golden")).To(HaveLen(3 * len(diagnoses())))
}

func TestDiagnosesHaveTheShapeThatIsPromised(t *testing.T) {
	cause := object{"what": text, "next": text}
	shape := object{
		"apiVersion": text, "kind": text, "registry": text, "exitCode": number,
		"identity": object{"status": text, "actor": text, "user": text, "from": text, "message": text, "causes": list{cause}},
		"checks":   list{object{"name": text, "status": text, "have": text, "want": text, "message": text, "next": text}},
		"packages": list{object{"name": text, "status": text, "evidence": text, "message": text, "causes": list{cause}}},
	}
	all := diagnoses()
	all["of nothing"] = doctor.Diagnose(doctor.Symptoms{})
	for name, diagnosis := range all {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			document := report.NewDoctor(diagnosis, "https://registry.example.test/")
			var asJSON, asYAML bytes.Buffer
			g.Expect(document.Write(&asJSON, report.JSON, false)).To(Succeed())
			g.Expect(document.Write(&asYAML, report.YAML, false)).To(Succeed())
			var value any
			g.Expect(json.Unmarshal(asJSON.Bytes(), &value)).To(Succeed())
			g.Expect(misfits("", value, shape)).To(BeEmpty())
			converted, err := yaml.YAMLToJSON(asYAML.Bytes())
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(converted).To(MatchJSON(asJSON.String()))
		})
	}
}

func TestADiagnosisCannotSteerTheTerminal(t *testing.T) {
	d := doctor.Diagnosis{
		Identity: doctor.Identity{Message: nasty, Causes: []doctor.Cause{{What: nasty, Next: nasty}}},
		Checks:   []doctor.Check{{Name: "aud", Have: nasty, Want: nasty, Message: nasty, Next: nasty}},
		Packages: []doctor.Package{{Name: "p", Message: nasty, Causes: []doctor.Cause{{What: nasty, Next: nasty}, {What: nasty}}}},
	}
	for _, f := range []report.Format{report.Table, report.Markdown} {
		var b bytes.Buffer
		g := NewWithT(t)
		g.Expect(report.NewDoctor(d, "").Write(&b, f, false)).To(Succeed())
		g.Expect(b.String()).To(ContainSubstring("title"))
		g.Expect(strings.ContainsAny(b.String(), "\x1b\x07\r\x00\u009b\u0085\x7f\u202e")).To(BeFalse())
	}
	NewWithT(t).Expect(report.NewDoctor(d, "").Write(full{}, report.JSON, false)).To(MatchError("no space"))
}
