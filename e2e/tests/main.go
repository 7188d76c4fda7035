// Command tests runs every test of the repository, and says at its end which were skipped, and why. Where CI is set, a test that is skipped
// has failed, unless the list of optIn has its reason.
//
// Packages run as by go test, with the race detector. The specs of e2e wait more than they compute, so they are spread over twice as many
// processes as there are processors, by ginkgo's own command. They have the race detector only where it is asked for: it finds what runs in
// the suite's own process, which is the sandbox above all, and e2e/chaos has that under the race detector with more at once.
//
//	go run ./e2e/tests [-race-specs]
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
	raceSpecs := flag.Bool("race-specs", false, "build the specs of e2e with the race detector, too")
	flag.Parse()
	if err := run(context.Background(), *raceSpecs); err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, raceSpecs bool) error {
	folder, err := os.MkdirTemp("", "facets-tests-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // only untidy

	packages, errPackages := testPackages(ctx, ".")
	tools, errTools := testPackages(ctx, "tools")
	specs, errSpecs := testSpecs(ctx, filepath.Join(folder, "specs.json"), raceSpecs)
	skips := slices.Concat(packages, tools, specs)
	_, _ = io.WriteString(os.Stdout, list(skips))
	var errSkipped error
	if os.Getenv("CI") != "" {
		errSkipped = forbid(skips)
	}
	return errors.Join(errPackages, errTools, errSpecs, errSkipped)
}

// testPackages runs all of a module but the suite of e2e. It prints what go test would print, and what it says of skipped tests besides.
func testPackages(ctx context.Context, module string) ([]skip, error) {
	defer took("packages of "+module, time.Now())
	command := exec.CommandContext(ctx, "go", "-C", module, "test", //nolint:gosec // a folder of our own
		"-json", "-race", "-count=1", "-timeout", "20m", "-skip", "^TestEndToEnd$", "./...")
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

// testSpecs runs the suite of e2e, and reads its report.
func testSpecs(ctx context.Context, report string, race bool) ([]skip, error) {
	defer took("e2e", time.Now())
	command := exec.CommandContext(ctx, "go", "tool", "ginkgo", //nolint:gosec // numbers, and a file of our own
		"--race="+strconv.FormatBool(race), "--procs", strconv.Itoa(2*runtime.NumCPU()), "--timeout", "20m", "--no-color",
		"--output-dir", filepath.Dir(report), "--json-report", filepath.Base(report), "./e2e", "--", "-test.run=^TestEndToEnd$")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
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

func took(what string, begin time.Time) {
	_, _ = fmt.Fprintf(os.Stdout, "%s: %s\n", what, time.Since(begin).Round(time.Second))
}
