package spec_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// publisher builds a trusted publisher from a usual one.
func publisher(shape ...func(*spec.TrustedPublisher)) spec.TrustedPublisher {
	p := spec.TrustedPublisher{
		Type: circleci.Type, Permissions: []string{spec.PermissionPublish},
		Claims: spec.Claims{
			circleci.ClaimOrganization: "aaaa", circleci.ClaimProject: "bbbb",
			circleci.ClaimVCSOrigin: "github.com/o/r", circleci.ClaimContexts: []string{"c1", "c2"},
		},
	}
	for _, s := range shape {
		s(&p)
	}
	return p
}

func claim(name string, value any) func(*spec.TrustedPublisher) {
	return func(p *spec.TrustedPublisher) {
		if value == nil {
			delete(p.Claims, name)
			return
		}
		p.Claims[name] = value
	}
}

func may(permissions ...string) func(*spec.TrustedPublisher) {
	return func(p *spec.TrustedPublisher) { p.Permissions = permissions }
}

func TestDifferencesBetweenTrustedPublishers(t *testing.T) {
	type differences = []spec.ClaimDifference
	for _, c := range []struct {
		name       string
		have, want spec.TrustedPublisher
		differ     differences
	}{
		{"none", publisher(), publisher(), nil},
		{"an ID of the registry's own", publisher(func(p *spec.TrustedPublisher) { p.ID = "1" }), publisher(), nil},
		{"upper case", publisher(claim(circleci.ClaimOrganization, "AAAA")), publisher(), nil},
		{"upper case in a list", publisher(claim(circleci.ClaimContexts, []any{"C2", "c1"})), publisher(), nil},
		{"a claim that is empty", publisher(claim("environment", "")), publisher(), nil},
		{"upper case where it matters", publisher(claim("repository", "O/r")), publisher(claim("repository", "o/r")), differences{
			{Claim: "repository", Have: []string{"O/r"}, Want: []string{"o/r"}}}},
		{"another order", publisher(claim(circleci.ClaimContexts, []string{"c2", "c1"})), publisher(), nil},
		{"one twice", publisher(claim(circleci.ClaimContexts, []string{"c1", "c2", "c1"})), publisher(), nil},
		{"a list of one for a string", publisher(claim(circleci.ClaimProject, []any{"bbbb"})), publisher(), nil},
		{"no contexts for an empty list", publisher(claim(circleci.ClaimContexts, nil)), publisher(claim(circleci.ClaimContexts, []string{})), nil},
		{"more permissions than asked for", publisher(may(spec.PermissionStage, spec.PermissionPublish)), publisher(), nil},
		{"no permission asked for", publisher(), publisher(may()), nil},
		{"staging asked for, which all may", publisher(), publisher(may(spec.PermissionStage)), nil},
		{"staging asked for as well", publisher(), publisher(may(spec.PermissionPublish, spec.PermissionStage)), nil},
		{"another value", publisher(claim(circleci.ClaimProject, "cccc")), publisher(), differences{
			{Claim: circleci.ClaimProject, Have: []string{"cccc"}, Want: []string{"bbbb"}}}},
		{"fewer contexts", publisher(claim(circleci.ClaimContexts, []string{"c1"})), publisher(), differences{
			{Claim: circleci.ClaimContexts, Have: []string{"c1"}, Want: []string{"c1", "c2"}}}},
		{"more contexts", publisher(), publisher(claim(circleci.ClaimContexts, []string{"c1"})), differences{
			{Claim: circleci.ClaimContexts, Have: []string{"c1", "c2"}, Want: []string{"c1"}}}},
		{"a claim too few", publisher(claim(circleci.ClaimProject, nil)), publisher(), differences{
			{Claim: circleci.ClaimProject, Want: []string{"bbbb"}}}},
		{"a claim too many", publisher(claim("x", "y")), publisher(), differences{{Claim: "x", Have: []string{"y"}}}},
		{"a value of another kind", publisher(claim(circleci.ClaimProject, 7.0)), publisher(), differences{
			{Claim: circleci.ClaimProject, Want: []string{"bbbb"}}}},
		{"only staging", publisher(may(spec.PermissionStage)), publisher(), differences{
			{Claim: "permissions", Have: []string{spec.PermissionStage}, Want: []string{spec.PermissionPublish}}}},
		{"only staging, and both asked for", publisher(may(spec.PermissionStage)), publisher(may(spec.PermissionStage, spec.PermissionPublish)),
			differences{{Claim: "permissions", Have: []string{spec.PermissionStage}, Want: []string{spec.PermissionStage, spec.PermissionPublish}}}},
		{"permissions in another case", publisher(may("CREATEPACKAGE")), publisher(), differences{
			{Claim: "permissions", Have: []string{"CREATEPACKAGE"}, Want: []string{spec.PermissionPublish}}}},
		{"several, sorted", spec.TrustedPublisher{Type: circleci.Type}, publisher(), differences{
			{Claim: circleci.ClaimContexts, Want: []string{"c1", "c2"}},
			{Claim: circleci.ClaimOrganization, Want: []string{"aaaa"}},
			{Claim: circleci.ClaimProject, Want: []string{"bbbb"}},
			{Claim: circleci.ClaimVCSOrigin, Want: []string{"github.com/o/r"}},
			{Claim: "permissions", Want: []string{spec.PermissionPublish}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			NewWithT(t).Expect(c.have.Differences(c.want)).To(Equal(c.differ))
		})
	}
}

func TestTrustedPublishersAreSorted(t *testing.T) {
	const pipeline = circleci.ClaimPipelineDefinition
	want := publisher(claim(pipeline, "release"))
	moved := publisher(claim(pipeline, "old"), claim(circleci.ClaimOrganization, "x"), claim(circleci.ClaimProject, "y"))
	drifted := publisher(claim(pipeline, "release"), claim(circleci.ClaimVCSOrigin, "github.com/o/typo"))
	development := publisher(claim(pipeline, "development"))
	elsewhere := publisher(claim(pipeline, "old"), claim(circleci.ClaimOrganization, "x"), claim(circleci.ClaimVCSOrigin, "github.com/x/y"))
	foreign := publisher(claim(pipeline, "release"), func(p *spec.TrustedPublisher) { p.Type = "github" })
	for _, c := range []struct {
		name             string
		have             []spec.TrustedPublisher
		fits             bool
		outdated, others []spec.TrustedPublisher
	}{
		{"none at all", nil, false, nil, nil},
		{"the one that fits", []spec.TrustedPublisher{want}, true, nil, nil},
		{"another provider's, though all claims fit", []spec.TrustedPublisher{foreign}, false, nil, []spec.TrustedPublisher{foreign}},
		{"the same pipeline with another claim", []spec.TrustedPublisher{drifted}, false, []spec.TrustedPublisher{drifted}, nil},
		{"the same repository in another organisation: the house has moved", []spec.TrustedPublisher{moved}, false, []spec.TrustedPublisher{moved}, nil},
		{"another pipeline of the same project", []spec.TrustedPublisher{development}, false, nil, []spec.TrustedPublisher{development}},
		{"another repository in another organisation", []spec.TrustedPublisher{elsewhere}, false, nil, []spec.TrustedPublisher{elsewhere}},
		{"the nearest of those outdated first", []spec.TrustedPublisher{moved, drifted}, false, []spec.TrustedPublisher{drifted, moved}, nil},
		{"all at once", []spec.TrustedPublisher{foreign, moved, want, development}, true,
			[]spec.TrustedPublisher{moved}, []spec.TrustedPublisher{foreign, development}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			sorted := spec.TrustedPublishers{want}.Sort(c.have, providers.Supersedes)
			g.Expect(len(sorted.Missing()) == 0).To(Equal(c.fits))
			g.Expect(sorted.Outdated()).To(Equal(c.outdated))
			g.Expect(sorted.Others).To(Equal(c.others))
		})
	}
}

func TestTrustedPublisherHasTheTrustAPIsForm(t *testing.T) {
	g := NewWithT(t)
	data, err := json.Marshal(publisher(claim(circleci.ClaimContexts, nil)))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(data).To(MatchJSON(`{"type": "circleci", "permissions": ["createPackage"], "claims": {
		"oidc.circleci.com/org-id": "aaaa", "oidc.circleci.com/project-id": "bbbb", "oidc.circleci.com/vcs-origin": "github.com/o/r"}}`))

	var read spec.TrustedPublisher
	g.Expect(json.Unmarshal([]byte(`{"id": "7", "type": "github", "claims": {"a": ["x", "y"], "b": 1, "c": "z", "d": [1, "w"], "e": null}}`), &read)).To(Succeed())
	g.Expect(read.ID).To(Equal("7"))
	g.Expect(read.Created.IsZero()).To(BeTrue())
	g.Expect(read.Claims.Values("a")).To(Equal([]string{"x", "y"}))
	g.Expect(read.Claims.Values("b")).To(BeEmpty())
	g.Expect(read.Claims.Values("c")).To(Equal([]string{"z"}))
	g.Expect(read.Claims.Values("d")).To(Equal([]string{"w"}))
	g.Expect(read.Claims.Values("e")).To(BeEmpty())
	g.Expect(read.Claims.Values("absent")).To(BeEmpty())
}
