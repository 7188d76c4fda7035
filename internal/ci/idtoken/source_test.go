package idtoken_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
)

// job is the surroundings of a Source: variables, a clock and the circleci program.
type job struct {
	env    map[string]string
	now    time.Time
	mint   func() (string, error)
	mu     sync.Mutex
	minted int
	args   []string
}

func (j *job) source() *idtoken.Source {
	return idtoken.NewSource(idtoken.Options{
		Issuer:   circleci.Provider{},
		Audience: audience,
		Env:      func(name string) string { return j.env[name] },
		Now:      func() time.Time { return j.now },
		Run: func(_ context.Context, name string, args ...string) ([]byte, error) {
			j.mu.Lock()
			defer j.mu.Unlock()
			j.minted++
			j.args = append([]string{name}, args...)
			output, err := j.mint()
			return []byte(output), err
		},
	})
}

func TestSourceOrder(t *testing.T) {
	fresh := token(t, noon.Add(-time.Minute), nil)
	aging := token(t, noon.Add(-4*time.Minute), nil)
	old := token(t, noon.Add(-6*time.Minute), nil)
	foreign := token(t, noon, map[string]any{"aud": org})
	expired := token(t, noon, map[string]any{"iat": nil, "exp": noon.Add(-time.Second).Unix()})
	minted := token(t, noon, nil)

	mints := func() (string, error) { return minted + "\n", nil }
	fails := func() (string, error) { return "", errors.New("no such program") }
	mintsForeign := func() (string, error) { return foreign, nil }

	for name, test := range map[string]struct {
		job       bool
		npmID, v2 string
		mint      func() (string, error)
		want      string
		problem   []string
	}{
		"NPM_ID_TOKEN wins":              {job: true, npmID: fresh, mint: mints, want: fresh},
		"an aging one is replaced":       {job: true, npmID: aging, mint: mints, want: minted},
		"an aging one serves if need be": {job: true, npmID: aging, mint: fails, want: aging},
		"an old one is replaced":         {job: true, npmID: old, mint: mints, want: minted},
		"minted in a job":                {job: true, v2: fresh, mint: mints, want: minted},
		"CircleCI's variable as it fits": {job: true, v2: fresh, mint: fails, want: fresh},
		"an old NPM_ID_TOKEN alone": {
			npmID: old, problem: []string{"NPM_ID_TOKEN is too old", "11:54:00Z", "about 5m0s"},
		},
		"an expired NPM_ID_TOKEN alone": {
			npmID: expired, problem: []string{"NPM_ID_TOKEN is too old", "11:59:59Z"},
		},
		"NPM_ID_TOKEN for somebody else": {
			job: true, npmID: foreign, mint: mints, problem: []string{"NPM_ID_TOKEN", org, audience},
		},
		"NPM_ID_TOKEN that is none": {
			job: true, npmID: "npm_x", mint: mints, problem: []string{"NPM_ID_TOKEN", "not a JWT"},
		},
		"minted for somebody else": {
			job: true, mint: mintsForeign, problem: []string{"circleci run oidc get", org, audience},
		},
		"CircleCI's variable is not npm's": {
			job: true, v2: foreign, mint: fails,
			problem: []string{"no such program", "CIRCLE_OIDC_TOKEN_V2", org, audience},
		},
		"nothing": {
			problem: []string{"NPM_ID_TOKEN is not set", "only in a CircleCI job", "CIRCLE_OIDC_TOKEN_V2 is not set"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			env := map[string]string{"NPM_ID_TOKEN": test.npmID, "CIRCLE_OIDC_TOKEN_V2": test.v2}
			if test.job {
				env["CIRCLECI"] = "true"
			}
			j := &job{env: env, now: noon, mint: test.mint}
			source := j.source()
			g.Expect(source.Available()).To(Equal(name != "nothing"))
			got, err := source.Token(t.Context())
			if test.problem == nil {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(got.Secret.Reveal()).To(Equal(test.want))
				return
			}
			for _, part := range test.problem {
				g.Expect(err).To(MatchError(ContainSubstring(part)))
			}
			for _, secret := range []string{fresh, old, foreign, minted, "npm_x"} {
				g.Expect(err.Error()).NotTo(ContainSubstring(secret))
			}
		})
	}
}

func TestSourceMintsAnewAfterMinutes(t *testing.T) {
	g := NewWithT(t)
	j := &job{env: map[string]string{"CIRCLECI": "true"}, now: noon}
	j.mint = func() (string, error) { return token(t, j.now, nil), nil }
	source := j.source()

	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			_, err := source.Token(t.Context())
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
		})
	}
	wait.Wait()
	g.Expect(j.minted).To(Equal(1))
	g.Expect(j.args).To(Equal([]string{"circleci", "run", "oidc", "get", "--claims", `{"aud":"npm:registry.example.test"}`}))

	for _, step := range []struct {
		after  time.Duration
		minted int
	}{{179 * time.Second, 1}, {181 * time.Second, 2}, {300 * time.Second, 2}, {time.Hour, 3}} {
		j.now = noon.Add(step.after)
		_, err := source.Token(t.Context())
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(j.minted).To(Equal(step.minted), "after %s", step.after)
	}
	g.Expect(fmt.Sprintf("%+v %#v", source, source)).NotTo(ContainSubstring("eyJ"))
}

// TestSourceWithoutIssueTime: how old such a token is can only be told by when it was got.
func TestSourceWithoutIssueTime(t *testing.T) {
	g := NewWithT(t)
	raw := token(t, noon, map[string]any{"iat": nil})
	j := &job{env: map[string]string{"CIRCLECI": "true"}, now: noon, mint: func() (string, error) { return raw, nil }}
	source := j.source()
	for _, after := range []time.Duration{0, time.Minute, 4 * time.Minute} {
		j.now = noon.Add(after)
		_, err := source.Token(t.Context())
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(j.minted).To(Equal(2))
}

func TestSourceWaitsNoLongerThanItsContext(t *testing.T) {
	g := NewWithT(t)
	entered, release := make(chan struct{}), make(chan struct{})
	j := &job{env: map[string]string{"CIRCLECI": "true"}, now: noon}
	j.mint = func() (string, error) {
		close(entered)
		<-release
		return token(t, noon, nil), nil
	}
	source := j.source()
	first := make(chan error)
	go func() { _, err := source.Token(context.Background()); first <- err }()
	<-entered

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := source.Token(cancelled)
	g.Expect(err).To(MatchError(context.Canceled))
	close(release)
	g.Expect(<-first).NotTo(HaveOccurred())
}

// TestSourceRunsTheProgram uses a stand-in for circleci on the PATH.
func TestSourceRunsTheProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	raw := token(t, noon, nil)
	for name, test := range map[string]struct{ script, want, problem, hidden string }{
		"a token":    {script: "echo " + raw, want: raw},
		"a refusal":  {script: "echo 'not in this job' >&2; exit 7", problem: "exit status 7: not in this job"},
		"a leak":     {script: "echo 'bad token " + raw + "' >&2; exit 7", problem: "left out", hidden: raw},
		"no program": {problem: "executable file not found"},
		"some noise": {script: "echo hello", problem: "not a JWT"},
		"no output":  {script: "true", problem: "not a JWT"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir := t.TempDir()
			if test.script != "" {
				script := []byte("#!/bin/sh\n" + test.script + "\n")
				g.Expect(os.WriteFile(filepath.Join(dir, "circleci"), script, 0o700)).To(Succeed()) // #nosec G306 -- a program
			}
			t.Setenv("PATH", dir)
			t.Setenv("CIRCLECI", "true")
			t.Setenv("NPM_ID_TOKEN", "")
			t.Setenv("CIRCLE_OIDC_TOKEN_V2", "")
			source := idtoken.NewSource(idtoken.Options{Issuer: circleci.Provider{}, Audience: audience, Now: func() time.Time { return noon }})
			got, err := source.Token(t.Context())
			if test.problem == "" {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(got.Secret.Reveal()).To(Equal(test.want))
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring(test.problem)))
			if test.hidden != "" {
				g.Expect(err.Error()).NotTo(ContainSubstring(test.hidden))
			}
		})
	}
}
