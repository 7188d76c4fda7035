package place

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/fault"
	"github.com/agent-facets/facets-reconcile/internal/report"
)

// Faults are what --fault breaks on purpose.
type Faults struct {
	layer  *fault.Layer
	wanted []string
	err    io.Writer
}

// readFaults reads the values of --fault. The log may be nil.
func readFaults(texts []string, now func() time.Time, log *slog.Logger, err io.Writer) (*Faults, error) {
	o := fault.Options{Now: now, Log: log}
	broken := &Faults{err: err}
	var problems []error
	for _, text := range texts {
		f, err := fault.Parse(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("--fault: %w", err))
		}
		o.Faults, broken.wanted = append(o.Faults, f), append(broken.wanted, f.String())
	}
	broken.layer = fault.New(o)
	return broken, errors.Join(problems...)
}

// Tell says what became of each fault: a rehearsal that nothing happened to proves nothing.
func (f *Faults) Tell() {
	hits := map[string]int{}
	for _, hit := range f.layer.Hits() {
		hits[hit.Fault.String()]++
	}
	for _, wanted := range f.wanted {
		line := fmt.Sprintf("fault %s: %d requests broken\n", wanted, hits[wanted])
		switch hits[wanted] {
		case 0:
			line = fmt.Sprintf("warning: fault %s: hit nothing, no request was of its kind\n", wanted)
		case 1:
			line = fmt.Sprintf("fault %s: 1 request broken\n", wanted)
		}
		_, _ = fmt.Fprint(f.err, report.Plain(line))
	}
}
