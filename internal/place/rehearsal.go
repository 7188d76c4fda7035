package place

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/provenance/sigstore"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// rehearsal is a sandbox that serves this process.
type rehearsal struct {
	*Place
	world    *sandbox.World
	server   *sandbox.Server
	stop     context.CancelFunc
	standIns *actor.StandIns
	dir      string // for stand-ins
	faults   *Faults
}

// Rehearsal chooses a sandbox, which takes the place of npm, GitHub and the CI system. The CI job's tag does not count there.
func Rehearsal(o Options, s Sandbox) (Choice, error) {
	folder, err := filepath.Abs(s.Dir)
	if err != nil {
		return Choice{}, err
	}
	enter := func(ctx context.Context, project Project) (*Place, error) { return enterRehearsal(ctx, o, s, project) }
	return Choice{Folder: folder, Clock: o.Clock, Enter: enter}, nil
}

// enterRehearsal opens and serves the sandbox.
func enterRehearsal(ctx context.Context, o Options, s Sandbox, project Project) (_ *Place, err error) {
	if project.State.Spec.Source == nil { // here are tags all the same
		project.State.Spec.Source = &desired.Source{GitHub: someRepository}
	}
	r := &rehearsal{Place: &Place{
		Project: project, Clock: o.Clock, Log: o.Log, options: o, Provider: usual(project.State), BothRoles: true,
	}}
	if r.world, r.faults, err = s.Open(ctx, project, o); err != nil {
		return nil, err
	}
	// The server outlives an interrupted run: what is under way is to end with an answer.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	if r.server, err = r.world.Serve(serving, ""); err != nil {
		stop()
		return nil, err
	}
	r.stop = stop
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.dir, err = os.MkdirTemp("", "facets-stand-ins-"); err != nil {
		return nil, fmt.Errorf("no folder for temporary files: %w; make it, or set TMPDIR to another", err)
	}
	if r.Registry, err = url.Parse(r.server.URL() + "/"); err != nil {
		return nil, err
	}
	r.furnish()
	if _, job := providers.Here(os.Getenv); job.Tag != "" && project.Tag == "" && !o.Everything {
		_, _ = fmt.Fprint(o.Err, words.Plain(fmt.Sprintf("%[2]s is %[1]s, which counts for nothing in a rehearsal: "+
			"--tag %[1]s rehearses that release\n", job.Tag, job.TagVariable)))
	}
	text := fmt.Sprintf("sandbox: npm, GitHub and %s are stood in for, in %s\n", r.Provider.Facts().Name, s.Dir)
	_, err = fmt.Fprint(o.Err, words.Plain(text))
	return r.Place, err
}

// usual returns the CI system of the first trusted publisher. It is meant in a rehearsal, and wherever this is no job.
func usual(state *desired.State) ci.Provider {
	for _, tp := range state.TrustedPublishers() {
		if p, ok := providers.Of(tp.Type); ok {
			return p
		}
	}
	return providers.All()[0]
}

// furnish fills the place with what the sandbox stands in for.
func (r *rehearsal) furnish() {
	r.session = r.world.Session()
	r.standIns = &actor.StandIns{Artifacts: actor.Folder{Root: r.Root()}, Dir: r.dir, Repository: r.repository()}
	r.Artifacts = r.standIns
	r.github = github.Options{UserAgent: r.options.UserAgent, BaseURL: r.server.GitHub()}
	r.show = shows(r.options.Err, "second factor: the sandbox approves it by itself (%s)\n")
	r.head = func(context.Context) (string, error) { return r.world.Head(), nil }
	r.remark = func(ctx context.Context, o Outcome) {
		r.mentionStandIns()
		r.adviseRelease(ctx, o)
	}
	r.leave = r.close
	kind := r.Provider.Facts().Type
	variable := r.variable(kind)
	r.signing = signing{
		lookup: func(name string) (string, bool) { return variable(name), variable(name) != "" },
		with:   idtoken.Options{Env: variable}, at: sigstore.Options{Fulcio: r.server.Fulcio(), Rekor: r.server.Rekor()},
	}
	r.IDTokens = idtoken.NewSource(idtoken.Options{
		Issuer:   r.Provider,
		Audience: r.world.Audience(),
		Now:      r.Clock.Now,
		Env:      variable,
		Run: func(context.Context, string, ...string) ([]byte, error) {
			token, err := r.world.IDTokenOf(sandbox.Job{Kind: kind}, r.world.Audience())
			return []byte(token.Reveal()), err
		},
	})
}

// repository returns the repository that stand-ins name as their source: that of the rehearsed pipeline.
func (r *rehearsal) repository() string {
	for _, tp := range r.State.TrustedPublishers() {
		if repository := r.Provider.Repository(tp); tp.Type == r.Provider.Facts().Type && repository != "" {
			return repository
		}
	}
	if r.Source() == "" {
		return ""
	}
	return "github.com/" + r.Source()
}

// variable returns the environment of the rehearsed job. It is made when it is first read, because the keys of ID tokens take a while.
func (r *rehearsal) variable(kind string) func(string) string {
	environment := sync.OnceValue(func() map[string]string {
		variables := map[string]string{}
		lines, err := r.world.JobEnv(sandbox.Job{Kind: kind, NoIDTokens: kind == circleci.Type}) // CircleCI's are minted by Run
		if err != nil {
			r.Log.Error("sandbox: no CI job", "error", err)
		}
		for _, line := range lines {
			name, value, _ := strings.Cut(line, "=")
			variables[name] = value
		}
		return variables
	})
	return func(name string) string { return environment()[name] }
}

func (r *rehearsal) close() error {
	r.stop()
	err := errors.Join(r.server.Wait(), os.RemoveAll(r.dir))
	r.faults.Tell()
	return err
}
