// Command tests runs every test of the repository, and says at its end which were skipped, and why. Where CI is set, a test that is skipped
// has failed, unless the list of optIn has its reason.
//
// Packages run as by go test, with the race detector where there are goroutines. The specs of e2e wait more than they compute, so they are
// spread over twice as many processes as there are processors, by ginkgo's own command, and run beside the packages. They have the race
// detector only with -race, as all packages then do: it finds what runs in the suite's own process, which is the sandbox above all, and
// e2e/chaos always has that under the race detector with more at once.
//
//	go run ./e2e/tests [-race]
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"
)

func main() {
	race := flag.Bool("race", false, "have the race detector everywhere, in the specs of e2e, too")
	flag.Parse()
	if err := run(context.Background(), *race); err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, race bool) error {
	folder, err := os.MkdirTemp("", "facets-tests-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // only untidy

	var said bytes.Buffer // in one piece, as packages print meanwhile
	var specs []skip
	var errSpecs error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		specs, errSpecs = testSpecs(ctx, filepath.Join(folder, "specs.json"), race, &said)
	}()
	packages, errPackages := testModule(ctx, ".", race)
	tools, errTools := testModule(ctx, "tools", race)
	<-ended
	_, _ = said.WriteTo(os.Stdout)

	skips := slices.Concat(packages, tools, specs)
	_, _ = io.WriteString(os.Stdout, list(skips))
	var errSkipped error
	if os.Getenv("CI") != "" {
		errSkipped = forbid(skips)
	}
	return errors.Join(errPackages, errTools, errSpecs, errSkipped)
}

// testModule runs all of a module but the suite of e2e.
func testModule(ctx context.Context, module string, race bool) ([]skip, error) {
	with, without, err := byRace(ctx, module)
	if err != nil {
		return nil, err
	}
	if race {
		with, without = slices.Concat(with, without), nil
	}
	var raced []string
	if !race {
		raced = uninstrumented()
	}
	skips, errWith := testPackages(ctx, module, true, with, raced...)
	more, errWithout := testPackages(ctx, module, false, without)
	return slices.Concat(skips, more), errors.Join(errWith, errWithout)
}

// testPackages prints what go test would print, and what it says of skipped tests besides. The linter has what go vet would find.
func testPackages(ctx context.Context, module string, race bool, packages []string, flags ...string) ([]skip, error) {
	if len(packages) == 0 {
		return nil, nil
	}
	defer took(fmt.Sprintf("%d packages of %s, race detector: %t", len(packages), module, race), time.Now(), os.Stdout)
	arguments := slices.Concat([]string{"-C", module, "test", "-json", "-race=" + strconv.FormatBool(race), "-vet=off", "-count=1",
		"-timeout", "20m", "-skip", "^TestEndToEnd$"}, flags, packages)
	command := exec.CommandContext(ctx, "go", arguments...) //nolint:gosec // our own packages
	command.Env = environment(race)
	command.Stderr = os.Stderr
	events, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	skips, errRead := follow(events, os.Stdout)
	if err := command.Wait(); err != nil {
		return skips, fmt.Errorf("go test: %w", err)
	}
	return skips, errRead
}

// environment is this process's own, with what the race detector needs.
func environment(race bool) []string {
	if race {
		return append(os.Environ(), "CGO_ENABLED=1")
	}
	return os.Environ()
}

// testSpecs runs the suite of e2e, and reads its report. "go tool ginkgo" ignores GOFLAGS, and would have all that ginkgo needs, the
// standard library too, compiled once more.
func testSpecs(ctx context.Context, report string, race bool, out io.Writer) ([]skip, error) {
	defer took("e2e", time.Now(), out)
	command := exec.CommandContext(ctx, "go", "run", "github.com/onsi/ginkgo/v2/ginkgo", //nolint:gosec // numbers, and a file of our own
		"--race="+strconv.FormatBool(race), "--procs", strconv.Itoa(2*runtime.NumCPU()), "--timeout", "20m", "--no-color",
		"--output-dir", filepath.Dir(report), "--json-report", filepath.Base(report), "./e2e", "--", "-test.run=^TestEndToEnd$")
	command.Env = environment(race)
	command.Stdout, command.Stderr = out, out
	errRun := command.Run()
	if errRun != nil {
		errRun = fmt.Errorf("ginkgo: %w", errRun)
	}
	content, err := os.ReadFile(report)
	if err != nil {
		return nil, errors.Join(errRun, err)
	}
	skips, err := skippedSpecs(bytes.NewReader(content))
	return skips, errors.Join(errRun, err)
}

func took(what string, begin time.Time, out io.Writer) {
	_, _ = fmt.Fprintf(out, "%s: %s\n", what, time.Since(begin).Round(time.Second))
}
