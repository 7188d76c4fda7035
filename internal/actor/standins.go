package actor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// StandIns is for rehearsals: where the build has left nothing for a package, a minimal one is made in its place.
type StandIns struct {
	Artifacts  Artifacts
	Dir        string // takes what is made; the caller removes it
	Repository string // owner/repo on GitHub, or empty

	mu   sync.Mutex
	made map[spec.Name]string
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
	if dir, ok := s.made[p.Package.Name]; ok {
		return dir, nil
	}
	dir := filepath.Join(s.Dir, filepath.FromSlash(p.Package.Name.String()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	repository := ""
	if s.Repository != "" {
		repository = "git+https://github.com/" + s.Repository + ".git"
	}
	if err := artifact.StandIn(dir, Want(p), platforms(p), repository); err != nil {
		return "", err
	}
	if s.made == nil {
		s.made = map[spec.Name]string{}
	}
	s.made[p.Package.Name] = dir
	return dir, nil
}

// Made tells how many stand-ins were needed.
func (s *StandIns) Made() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.made)
}
