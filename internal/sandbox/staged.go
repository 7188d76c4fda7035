package sandbox

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// staged is a version that waits for its approval. Its number is taken, its dist-tag is fixed, and no read shows it.
type staged struct {
	ID        string                     `json:"id"`
	Tags      []spec.DistTag             `json:"tags"`
	Since     time.Time                  `json:"since"`
	Validated time.Time                  `json:"validated"` // when its scan ends: it can be approved from then on
	Actor     string                     `json:"actor"`
	ActorType string                     `json:"actorType"`
	Said      spec.Access                `json:"said,omitempty"`      // the access that it was staged with; "" leaves the package's as it is
	Publisher string                     `json:"publisher,omitempty"` // the trusted publisher's ID
	Shasum    string                     `json:"shasum"`
	Integrity spec.Integrity             `json:"integrity"`
	Manifest  map[string]json.RawMessage `json:"manifest"`
	Blocked   bool                       `json:"blocked,omitempty"` // by the scan: it can never be approved
	Bundle    json.RawMessage            `json:"bundle,omitempty"`  // of its provenance
}

// Who stages, in npm's words.
const (
	actorUser       = "user"
	actorAutomation = "trusted automation"
)

func (s staged) status(now time.Time) spec.Status {
	switch {
	case s.Blocked:
		return spec.StatusBlocked
	case now.Before(s.Validated):
		return spec.StatusValidating
	}
	return spec.StatusStaged
}

// listing is a staged version as the registry lists it.
type listing struct {
	ID        string       `json:"id"`
	Name      spec.Name    `json:"packageName"`
	Version   spec.Version `json:"version"`
	Tag       spec.DistTag `json:"tag"`
	CreatedAt time.Time    `json:"createdAt"`
	Actor     string       `json:"actor"`
	ActorType string       `json:"actorType"`
	Access    string       `json:"access"` // public or private, as npm has it here
	Shasum    string       `json:"shasum"`
	Status    spec.Status  `json:"status"`
}

func (p *record) list(version spec.Version, now time.Time) listing {
	s := p.Staged[version]
	access := "public"
	if s.Said == spec.AccessRestricted || s.Said == "" && p.access() == spec.AccessRestricted {
		access = "private"
	}
	return listing{
		ID: s.ID, Name: p.Name, Version: version, Tag: s.Tags[0], CreatedAt: s.Since.UTC().Truncate(time.Millisecond),
		Actor: s.Actor, ActorType: s.ActorType, Access: access, Shasum: s.Shasum, Status: s.status(now),
	}
}

// stages returns what is staged and may still be approved, of one package or of all, the newest first.
func (g *registry) stages(of spec.Name) ([]listing, error) {
	files, err := os.ReadDir(g.folder.path("packages"))
	if err != nil {
		return nil, err
	}
	now, list := g.options.Now(), []listing{}
	for _, file := range files {
		if filepath.Ext(file.Name()) != ".json" {
			continue
		}
		p := &record{}
		if err := read(g.folder.path("packages", file.Name()), p); err != nil {
			return nil, err
		}
		if of != "" && p.Name != of || g.options.Foreign(p.Name) {
			continue
		}
		for version, s := range p.Staged {
			if !s.Blocked {
				list = append(list, p.list(version, now))
			}
		}
	}
	slices.SortFunc(list, func(a, b listing) int {
		if order := b.CreatedAt.Compare(a.CreatedAt); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list, nil
}

// stage returns a staged version by its ID, or npm's answer to an unknown ID.
func (g *registry) stage(id string) (listing, error) {
	list, err := g.stages("")
	if err != nil {
		return listing{}, err
	}
	i := slices.IndexFunc(list, func(l listing) bool { return strings.EqualFold(l.ID, id) })
	if i < 0 {
		return listing{}, noStage()
	}
	return list[i], nil
}

// refuseStage returns a refusal in the form that npm uses on the routes of staging.
func refuseStage(status int, message string) *answer {
	return &answer{status: status, body: map[string]string{"message": message}}
}

func noStage() *answer {
	return refuseStage(http.StatusNotFound, "Not Found - No staged package version found with the provided ID.")
}
