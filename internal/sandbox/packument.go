package sandbox

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// abbreviatedType is the media type of the packument with only what an installation needs.
const abbreviatedType = "application/vnd.npm.install-v1+json"

type document = map[string]any

// manifest returns a version as reads show it: with the tarball's address here, without the readme, which npm shows on the
// packument only.
func (p *record) manifest(version spec.Version, origin string) map[string]json.RawMessage {
	m := maps.Clone(p.Versions[version].Manifest)
	delete(m, "readme")
	delete(m, "readmeFilename")
	dist := map[string]json.RawMessage{}
	_ = json.Unmarshal(m["dist"], &dist) // we wrote it
	address, err := url.JoinPath(origin, p.Name.String(), "-", p.Name.Base()+"-"+version.String()+".tgz")
	if err == nil {
		dist["tarball"] = raw(address)
	}
	if attestations := attestationsOf(p, version, origin); attestations != nil {
		dist["attestations"] = attestations
	}
	m["dist"] = raw(dist)
	return m
}

// full returns the whole packument.
func (p *record) full(now time.Time, origin string) document {
	served := p.served(now)
	versions := map[spec.Version]any{}
	times := map[string]time.Time{}
	for _, version := range served {
		accepted := p.Versions[version].Accepted
		versions[version] = p.manifest(version, origin)
		times[version.String()] = accepted
		if created, ok := times["created"]; !ok || accepted.Before(created) {
			times["created"] = accepted
		}
		if accepted.After(times["modified"]) {
			times["modified"] = accepted
		}
	}
	for _, version := range p.Burnt { // as on npm these keep a time, though the true one was not kept here
		times[version.String()] = times["created"]
	}
	tags := p.tags(now, false)
	doc := document{"_id": p.Name, "name": p.Name, "dist-tags": tags, "versions": versions, "time": times, "readme": ""}
	shown, ok := tags[spec.Latest]
	if !ok {
		shown = served[len(served)-1]
	}
	for _, field := range []string{
		"description", "readme", "readmeFilename", "maintainers", "license", "homepage", "repository", "bugs", "keywords",
		"author",
	} {
		if value, ok := p.Versions[shown].Manifest[field]; ok {
			doc[field] = value
		}
	}
	return doc
}

// abbreviated returns the packument for an installation.
func (p *record) abbreviated(now time.Time, origin string) document {
	versions := map[spec.Version]any{}
	var modified time.Time
	for _, version := range p.served(now) {
		if accepted := p.Versions[version].Accepted; accepted.After(modified) {
			modified = accepted
		}
		m := p.manifest(version, origin)
		if hasInstallScript(m["scripts"]) {
			m["hasInstallScript"] = raw(true)
		}
		maps.DeleteFunc(m, func(field string, _ json.RawMessage) bool { return !slices.Contains(installFields(), field) })
		versions[version] = m
	}
	return document{"name": p.Name, "dist-tags": p.tags(now, false), "versions": versions, "modified": modified}
}

// installFields are those of npm's package-metadata documentation, and libc, which npm serves as well.
func installFields() []string {
	return []string{
		"name", "version", "deprecated", "dependencies", "devDependencies", "optionalDependencies", "peerDependencies",
		"peerDependenciesMeta", "acceptDependencies", "bundleDependencies", "bundledDependencies", "bin", "directories", "dist",
		"engines", "os", "cpu", "libc", "funding", "_hasShrinkwrap", "hasInstallScript",
	}
}

func hasInstallScript(scripts json.RawMessage) bool {
	var named map[string]string
	if json.Unmarshal(scripts, &named) != nil {
		return false
	}
	return named["preinstall"] != "" || named["install"] != "" || named["postinstall"] != ""
}
