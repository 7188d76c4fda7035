package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/checkout"
	"github.com/agent-facets/facets-reconcile/internal/report"
)

func (f *flags) bindAnnotations(set *pflag.FlagSet) {
	set.BoolVar(&f.annotations, "annotations", false, "in a job of GitHub Actions, show what is wrong at its line of the state file")
}

// load reads the state file, and says where it is wrong.
func (f *flags) load() (*desired.State, error) {
	state, err := desired.Load(f.file)
	if invalid, ok := errors.AsType[*desired.InvalidError](err); ok {
		f.annotate(func(w io.Writer) error { return report.AnnotateInvalid(w, checkout.Relative(f.file), invalid) })
	}
	if err != nil {
		return nil, err
	}
	for _, warning := range state.Warnings() {
		if _, err := fmt.Fprintf(f.io.err, "warning: %s: %s\n", f.file, warning); err != nil {
			return nil, err
		}
	}
	return state, nil
}

// stateFile is the state file as reports point into it.
func (f *flags) stateFile(state *desired.State) report.StateFile {
	return report.StateFile{Path: checkout.Relative(f.file), Where: state.Where}
}

// annotate writes annotations, where they are asked for. GitHub's runner reads them from either stream; stdout is the result's.
func (f *flags) annotate(write func(io.Writer) error) {
	if f.annotations {
		_ = write(f.io.commands) // nobody could be told
	}
}

// isStepSummary tells whether a file is the one that the steps of a GitHub job append their summaries to.
func isStepSummary(path string) bool {
	summary, err := os.Stat(os.Getenv("GITHUB_STEP_SUMMARY")) // #nosec G703 -- it is compared, and not read
	if err != nil {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && os.SameFile(summary, info)
}

// appendSummary adds the report to what the step has written before. GitHub takes only so much of both.
func appendSummary(path string, d report.Document) (err error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	left := report.MaxJobSummary - int(info.Size())
	if left < report.MinJobSummary {
		return fmt.Errorf("GitHub takes %d KiB of a step, which are there already", report.MaxJobSummary>>10)
	}
	var text bytes.Buffer
	if info.Size() > 0 { // who was here before may not have ended the line
		text.WriteString("\n")
	}
	if err := d.JobSummary(&text, left-1); err != nil {
		return err
	}
	_, err = text.WriteTo(file)
	return err
}
