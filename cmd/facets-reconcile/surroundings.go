package main

import (
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/saved"
)

// surroundings are what a plan rests on besides what was read. The port of a rehearsal's registry differs between runs, its folder does
// not.
func surroundings(c place.Choice, p *place.Place, ask asked, token bool) saved.Surroundings {
	around := saved.Surroundings{
		Program: buildVersion(), Source: p.Source(), Made: p.Clock.Now(), StateFile: stateFile(p.Project), Sandbox: c.Folder,
		Flags: saved.Flags{
			Tag: p.Tag, Groups: ask.groups, Packages: ask.packages, Only: ask.actions, DistTag: ask.distTag, Prune: ask.prune, Token: token,
		},
	}
	if around.Sandbox == "" {
		around.Registry = p.Registry.String()
	}
	return around
}

// stateFile is the state file as it was read: a later look may find another.
func stateFile(p place.Project) saved.StateFile {
	return saved.StateFile{Path: p.File, SHA256: p.State.Sum()}
}
