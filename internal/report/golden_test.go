package report_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

var update = flag.Bool("update", false, "write the golden files anew")

// documents are those of the golden files.
func documents(t *testing.T) map[string]report.Document {
	t.Helper()
	return map[string]report.Document{
		"fresh":     plan(all(missing), want()),
		"converged": plan(all(whole), want()),
		"findings":  findings(),
		"trust":     trust(),
		"drift":     drift(),
		"accepted":  accepted(),

		"done":      result(all(missing).run(t, want(), "seed trust publish tag")),
		"failures":  failures(t),
		"stuck":     stuck(t),
		"nextsteps": result(all(missing).run(t, want(), "publish tag")),
		"leftovers": leftovers(t),
	}
}

// failures is a run in which something goes wrong with every action, and a release is held back.
func failures(t *testing.T) report.Document {
	t.Helper()
	w := all(absent)
	w.is["@s/adapter"], w.is["@s/core"] = missing("@s/adapter"), missing("@s/core")
	w.errors["inspect @s/cli-linux-x64"] = broken("artifact dist/linux of @s/cli-linux-x64: bin/cli is for darwin (Mach-O)\n" +
		"artifact dist/linux of @s/cli-linux-x64: it has version 0.9.0")
	w.errors["seed @s/adapter"] = broken("publishing @s/adapter@0.0.1: the registry answered 403 (Forbidden): spam | <b>no</b>")
	w.errors["trust @s/core"] = refused("creating a trusted publisher of @s/core: the registry answered 401 (Unauthorized)")
	return result(w.run(t, want(), "seed trust publish tag"))
}

func stuck(t *testing.T) report.Document {
	t.Helper()
	w := all(absent)
	w.scan = true
	return result(w.run(t, want(), "seed trust publish tag"))
}

// leftovers is what a pipeline leaves to humans, and a human to a pipeline.
func leftovers(t *testing.T) report.Document {
	t.Helper()
	w := all(absent)
	w.is["@s/core"] = whole("@s/core")
	w.is["@s/core"].DistTags["latest"] = "0.9.0"
	w.errors["tag @s/core"] = refused("moving a dist-tag of @s/core@1.0.0: the registry answered 403 (Forbidden)")
	return result(w.run(t, want(), "seed trust tag"))
}

func findings() report.Document {
	w, d := all(whole), want()
	for _, name := range []spec.Name{"cli", "@s/cli-darwin-arm64", "@s/cli-linux-x64", "@s/cli-linux-x64-musl", "@s/adapter"} {
		p := w.is[name]
		p.State, p.Manifest, p.Err = observed.Unknown, nil, broken("reading the manifest of "+string(name)+"@1.0.0: the registry answered 503")
		w.is[name] = p
	}
	core := w.is["@s/core"]
	core.State = observed.Conflict
	w.is["@s/core"] = core
	d.Releases[2].PinWithoutTag = true
	d.Undeclared = []desired.Undeclared{{Name: "@s/new", Path: "packages/new", Group: "libraries"}}
	return plan(w, d)
}

// trust is a plan with all that may be known of trusted publishers.
func trust() report.Document {
	w := all(whole)
	set := func(name spec.Name, t observed.Trust) {
		p := w.is[name]
		p.Trust = t
		w.is[name] = p
	}
	near := want().TrustedPublishers[0]
	near.Claims = maps.Clone(near.Claims)
	near.Claims[circleci.ClaimVCSOrigin] = "github.com/o/fork"
	delete(near.Claims, circleci.ClaimContexts)
	set("cli", observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{near}})
	set("@s/cli-darwin-arm64", observed.Trust{Listed: true})
	set("@s/cli-linux-x64", observed.Trust{Exchange: observed.ExchangeRefused, Refusal: refused("the registry answered 404")})
	set("@s/cli-linux-x64-musl", observed.Trust{Exchange: observed.ExchangeRefused, Refusal: refused("the registry answered 404"),
		Differences: []spec.ClaimDifference{{Claim: circleci.ClaimPipelineDefinition, Have: []string{"a"}, Want: []string{"b"}}}})
	set("@s/adapter", observed.Trust{})
	set("@s/core", observed.Trust{Err: broken("the registry answered 503")})
	return plan(w, want())
}

// drift is a torn release, a tag that lags behind, one that is ahead, and a platform for the next release.
func drift() report.Document {
	w, d := all(whole), want()
	w.is["@s/cli-linux-x64"] = absent("@s/cli-linux-x64")
	delete(w.is["cli"].Manifest.OptionalDependencies, "@s/cli-linux-x64-musl")
	w.is["@s/cli-linux-x64-musl"] = absent("@s/cli-linux-x64-musl")
	w.is["@s/adapter"].DistTags["latest"] = "0.9.0"
	w.is["@s/core"].DistTags["latest"] = "2.0.0"
	document := plan(w, d)
	document.Kind = report.Drift
	return document
}

func TestGoldenFiles(t *testing.T) {
	for name, document := range documents(t) {
		for _, format := range []report.Format{report.Table, report.JSON, report.YAML, report.Markdown} {
			t.Run(name+"/"+string(format), func(t *testing.T) { golden(t, document, format, false, name+"."+string(format)) })
		}
	}
	golden(t, failures(t), report.Table, true, "failures.colour")
}

func golden(t *testing.T, d report.Document, f report.Format, colour bool, name string) {
	t.Helper()
	g := NewWithT(t)
	var got bytes.Buffer
	g.Expect(d.Write(&got, f, colour)).To(Succeed())
	file := filepath.Join("testdata", name+".golden")
	if *update {
		g.Expect(os.WriteFile(file, got.Bytes(), 0o644)).To(Succeed())
	}
	want, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred(), "write it with -update")
	g.Expect(got.String()).To(Equal(string(want)), "%s; when that is as it should be: go test ./internal/report -update", file)
}

func TestGoldenFilesAreAllInUse(t *testing.T) {
	g := NewWithT(t)
	files, err := filepath.Glob("testdata/*.golden")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(HaveLen(4*len(documents(t)) + 1))
}

func TestASandboxesPlanNeedsNobodyElse(t *testing.T) {
	g := NewWithT(t)
	d := plan(all(missing), want())
	var with, without bytes.Buffer
	g.Expect(d.Write(&without, report.Table, false)).To(Succeed())
	d.Guide.Sandbox = true
	g.Expect(d.Write(&with, report.Table, false)).To(Succeed())
	g.Expect(without.String()).To(ContainSubstring("npm login"))
	g.Expect(with.String()).NotTo(ContainSubstring("npm login"))
}

func TestARegistryWithoutPagesIsNotLinkedTo(t *testing.T) {
	g := NewWithT(t)
	d := plan(all(missing), want())
	d.Guide.AccessPage = nil
	var text bytes.Buffer
	g.Expect(d.Write(&text, report.Table, false)).To(Succeed())
	g.Expect(text.String()).To(ContainSubstring("npm login"))
	g.Expect(text.String()).NotTo(ContainSubstring("by hand"))
}

func TestFormats(t *testing.T) {
	g := NewWithT(t)
	for _, name := range []string{"table", "json", "yaml", "markdown"} {
		g.Expect(report.ParseFormat(name)).To(Equal(report.Format(name)))
	}
	for _, name := range []string{"", "JSON", "wide", "table "} {
		_, err := report.ParseFormat(name)
		g.Expect(err).To(MatchError(ContainSubstring("choose table, json, yaml or markdown")))
	}
	g.Expect(report.NewResult(reconcile.Result{PublishedNow: []string{"a@1.0.0"}}, "", "", 3, report.Guide{})).To(SatisfyAll(
		HaveField("Kind", report.Result), HaveField("ExitCode", 3), HaveField("PublishedNow", []string{"a@1.0.0"})))
}
