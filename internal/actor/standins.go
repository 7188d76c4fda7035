package actor

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// StandIns is for rehearsals: where the build has left nothing for a package, a minimal one is made in its place.
type StandIns struct {
	Artifacts  Artifacts
	Dir        string // takes what is made; the caller removes it
	Repository string // github.com/owner/repo, or empty

	mu   sync.Mutex
	made map[string]string // by name@version
}

// Find returns the real artifact, or a stand-in.
func (s *StandIns) Find(ctx context.Context, p reconcile.Publication) (string, error) {
	if p.Package.Artifact != "" {
		path, err := s.Artifacts.Find(ctx, p)
		if !errors.Is(err, fs.ErrNotExist) {
			return path, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := p.Package.On(p.Release.Version)
	if dir, ok := s.made[id]; ok {
		return dir, nil
	}
	dir := filepath.Join(s.Dir, filepath.FromSlash(id))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	repository := ""
	if s.Repository != "" {
		repository = "git+https://" + s.Repository + ".git"
	}
	if err := standin.Write(dir, Needed(p), platforms(p, desired.UnderOptional), repository); err != nil {
		return "", err
	}
	if s.made == nil {
		s.made = map[string]string{}
	}
	s.made[id] = dir
	return dir, nil
}

// Needed is what stands in for the artifact of a publication.
func Needed(p reconcile.Publication) standin.Package {
	return standin.Package{
		Name: p.Name(), Version: p.Version(), Platform: p.Package.Platform, Binary: p.Package.Role == desired.RolePlatform,
		Dependencies: platforms(p, desired.UnderDependencies),
	}
}

// Built returns the real artifact, and makes nothing.
func (s *StandIns) Built(ctx context.Context, p reconcile.Publication) (string, error) {
	return s.Artifacts.Find(ctx, p)
}

// Made names the stand-ins that were needed, as name@version, sorted.
func (s *StandIns) Made() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.made))
}
