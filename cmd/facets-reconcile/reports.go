package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/wholefile"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// reportFile is a file that --report asks for.
type reportFile struct{ kind, path string }

// reportFiles is the value of the flag --report. What cannot be written is refused when the flag is read, before anything
// is done.
type reportFiles []reportFile

func reportKinds() []string { return []string{"json", "junit", "markdown", "html", "github", "gitlab"} }

func (f *flags) bindReports(set *pflag.FlagSet) {
	set.Var(&f.reports, "report", "also write a report to a file: json, junit, markdown, html, github or gitlab, as `KIND=PATH` (repeatable)")
	f.bindAnnotations(set)
}

func (r *reportFiles) Type() string { return "KIND=PATH" }

func (r *reportFiles) String() string {
	var all []string
	for _, file := range *r {
		all = append(all, file.kind+"="+file.path)
	}
	return strings.Join(all, ",")
}

func (r *reportFiles) Set(s string) error {
	kind, path, _ := strings.Cut(s, "=")
	switch {
	case !slices.Contains(reportKinds(), kind):
		return fmt.Errorf("%q is no kind of report: choose json, junit, markdown, html, github or gitlab, as in junit=PATH", kind)
	case path == "":
		return fmt.Errorf("name the file to write: %s=PATH", kind)
	case path == "-":
		return errors.New("a report is written to a file; what goes to stdout is chosen by -o")
	case strings.HasSuffix(path, "/"):
		return fmt.Errorf("%s is a folder: name a file", path)
	}
	path = filepath.Clean(path)
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is there and no regular file: name another", path)
	}
	if slices.ContainsFunc(*r, func(other reportFile) bool { return other.path == path }) {
		return fmt.Errorf("%s is named twice: give each report a file of its own", path)
	}
	*r = append(*r, reportFile{kind, path})
	return nil
}

// writeReports writes all reports that can be written, and says at once why the others cannot: nothing that comes after may
// hide it. It returns the code to end with.
func (f *flags) writeReports(d report.Document, now time.Time) int {
	if err := f.reports.write(d, now); err != nil {
		_, _ = fmt.Fprintf(f.io.err, "facets-reconcile: %s\n", words.Plain(err.Error()))
		return reconcile.ExitError
	}
	return d.ExitCode
}

func (r reportFiles) write(d report.Document, made time.Time) error {
	var errs []error
	for _, file := range r {
		if err := file.put(d, made); err != nil {
			errs = append(errs, fmt.Errorf("--report %s=%s was not written: %w", file.kind, file.path, err))
		}
	}
	return errors.Join(errs...)
}

// put writes the report over the file that is there, but for the summary of a step, which others may have begun.
func (r reportFile) put(d report.Document, made time.Time) error {
	if r.kind == "github" && isStepSummary(r.path) {
		return appendSummary(r.path, d)
	}
	var text bytes.Buffer
	if err := r.compose(&text, d, made); err != nil {
		return err
	}
	return wholefile.WriteWithFolders(r.path, text.Bytes(), 0o644)
}

func (r reportFile) compose(w io.Writer, d report.Document, made time.Time) error {
	switch r.kind {
	case "junit":
		return d.JUnit(w, made)
	case "html":
		return d.HTML(w, made)
	case "github":
		return d.JobSummary(w, report.MaxJobSummary)
	case "gitlab":
		return d.CodeQuality(w)
	}
	return d.Write(w, report.Format(r.kind), false)
}
