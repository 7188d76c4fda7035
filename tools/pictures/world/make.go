package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

const (
	stray       = "@demo/agent-linux-x64"                    // a platform of which a version comes from another commit
	otherCommit = "9f3c1e7a5b2d4860c1a7e95d3f80b6427de1509c" // one that no tag points at
)

// Make makes the project and its sandbox in a folder that is empty or not there: releases by the program given, and then
// what goes wrong with them, one of each. A rehearsal in that folder (--sandbox) finds it all.
func Make(ctx context.Context, program, dir string) error {
	run := func(arguments ...string) error { return rehearse(ctx, program, dir, 0, arguments...) }
	return inTurn(dir,
		func() error { return release(ctx, program, dir) },
		func() error { return develop(dir) },
		func() error { return run("apply", "--only", "seed,trust", "--package", "@demo/fresh") },
		func() error { return run("sandbox", "tag", "agent@1.0.0") },
		func() error { return run("apply", "--group", "agent") },
		func() error { return run("sandbox", "tag", "agent@1.1.0") },
		func() error { return strayPlatform(dir) },
		func() error { return rehearse(ctx, program, dir, 1, "apply", "--package", stray) }, // it is published, and it says so
		func() error { return os.RemoveAll(filepath.Join(dir, "dist")) },
		func() error { return spoil(ctx, dir) },
	)
}

// MakeTorn is a smaller world: one platform is gone from the release that users get, and a dist-tag was moved.
func MakeTorn(ctx context.Context, program, dir string) error {
	return inTurn(dir,
		func() error { return release(ctx, program, dir) },
		func() error {
			world, err := sandbox.Open(Options(dir))
			if err != nil {
				return err
			}
			return errors.Join(
				world.Remove("@demo/linux-x64", "1.1.0"),
				world.Deprecate("@demo/windows-x64", "1.1.0", "does not start, use 1.0.0"),
				human{ctx, world}.point("@demo/adapter", "latest", "1.0.0"),
			)
		},
	)
}

func inTurn(dir string, steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("making the world in %s: %w", dir, err)
		}
	}
	return nil
}

// release begins the project, and releases all of it twice.
func release(ctx context.Context, program, dir string) error {
	if err := Begin(dir); err != nil {
		return err
	}
	if err := rehearse(ctx, program, dir, 0, "apply"); err != nil {
		return err
	}
	for _, tag := range []string{"v1.1.0", "@demo/adapter@1.1.0"} {
		if err := rehearse(ctx, program, dir, 0, "sandbox", "tag", tag); err != nil {
			return err
		}
	}
	return rehearse(ctx, program, dir, 0, "apply")
}

// rehearse runs a command of the program in the sandbox, where nothing takes time. It must end with the code.
func rehearse(ctx context.Context, program, dir string, code int, arguments ...string) error {
	if arguments[0] != "sandbox" {
		arguments = append(arguments, "--sandbox", "--scan-delay", "0s")
	}
	command := exec.CommandContext(ctx, program, arguments...) // #nosec G204 -- the program that this is about
	command.Dir = dir
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "NO_COLOR=1"}
	said, err := command.CombinedOutput()
	if command.ProcessState == nil || command.ProcessState.ExitCode() != code {
		return fmt.Errorf("facets-reconcile %v did not end with %d: %w\n%s", arguments, code, err, said)
	}
	return nil
}

// strayPlatform builds a platform of the second command's next release from a commit that is not its tag's.
func strayPlatform(dir string) error {
	want := standin.Package{
		Name: stray, Version: "1.1.0", Binary: true, Platform: spec.Platform{OS: []string{"linux"}, CPU: []string{"x64"}},
	}
	path := filepath.Join(dir, "dist", filepath.FromSlash(want.Name.String()))
	if err := standin.Write(path, want, nil, ""); err != nil {
		return err
	}
	return editJSON(filepath.Join(path, "package.json"), "gitHead", otherCommit)
}

// Options are those that the sandbox in the folder was made with, for whoever wants to serve it.
func Options(dir string) sandbox.Options {
	return sandbox.Options{
		Dir: filepath.Join(dir, ".facets-sandbox"), Repository: "example/demo", ShowTrustCreated: true, Claims: map[string]any{
			circleci.ClaimOrganization:       "0b5f0a0e-6c2f-4a1e-9d37-111111111111",
			circleci.ClaimProject:            "0b5f0a0e-6c2f-4a1e-9d37-222222222222",
			circleci.ClaimPipelineDefinition: "0b5f0a0e-6c2f-4a1e-9d37-333333333333",
			circleci.ClaimContexts:           []string{"0b5f0a0e-6c2f-4a1e-9d37-444444444444"},
			circleci.ClaimVCSOrigin:          "github.com/example/demo",
		},
	}
}

// spoil lets go wrong what only others than the program can do: on the registry, and on GitHub.
func spoil(ctx context.Context, dir string) error {
	world, err := sandbox.Open(Options(dir))
	if err != nil {
		return err
	}
	err = errors.Join(
		world.Remove("@demo/linux-x64", "1.0.0"),
		world.Deprecate("@demo/linux-arm64", "1.1.0", "crashes on start, use 1.0.0"),
		world.Tag("@demo/core@1.1.0"),
		world.Tag("v1.0.5"),
	)
	h := human{ctx, world}
	return errors.Join(err,
		h.point("@demo/core", "latest", "0.0.1"),
		h.point("@demo/darwin-arm64", "latest", "1.0.0"),
		h.distrust("@demo/windows-x64"),
		h.mistype("demo"),
	)
}
