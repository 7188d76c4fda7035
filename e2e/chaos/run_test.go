package chaos_test

import (
	"cmp"
	"fmt"
	"time"
)

// run is one process.
type run struct {
	tag         string
	build       int           // which of two builds its machine holds
	after       time.Duration // of its round's beginning
	timeout     time.Duration
	skew        time.Duration
	concurrency int
	verify      bool
	distTag     string // instead of latest
	given       bool   // it has the ID token of its beginning only
	silent      bool   // CircleCI gives it none
	human       bool   // it is a human's: a rollback, or what only says
	only        string // approve or reject: what a human decides about a staged release
	named       bool   // … of the tag, which is named
	staged      bool   // it is told to stage by a flag
	kill        *kill
}

// kill is where a process is killed: at a request, or after so long, while it waits.
type kill struct {
	place   place
	number  int64 // of the request
	publish bool  // only what changes the registry counts
	share   float64
	waiting time.Duration
}

type place string

const (
	beforeHandedOn place = "before it is handed on"
	beforeAnswer   place = "before its answer"
	inBody         place = "amid its body"
	inWait         place = "waiting"
)

// version is the one that the process is to publish, or to go back to.
func (r run) version() string { return versionOf(r.tag) }

func (r run) String() string {
	text := fmt.Sprintf("apply %s --timeout %s --concurrency %d", r.tag, r.timeout, r.concurrency)
	if r.verify {
		text += " --verify"
	}
	if r.human {
		text += " by a human " + r.only
	}
	if r.staged {
		text += " --staged"
	}
	if r.named {
		text += " of the tag"
	}
	if r.build > 0 {
		text += " of another build"
	}
	if r.after > 0 {
		text += fmt.Sprintf(", after %s", r.after)
	}
	if r.skew != 0 {
		text += fmt.Sprintf(", its clock wrong by %s", r.skew)
	}
	if r.given {
		text += ", with NPM_ID_TOKEN only"
	}
	if r.silent {
		text += ", without ID tokens from CircleCI"
	}
	if k := r.kill; k != nil {
		what := "request"
		if k.publish {
			what = "change"
		}
		switch k.place {
		case inWait:
			text += fmt.Sprintf(", killed after %s", k.waiting)
		default:
			text += fmt.Sprintf(", killed at %s %d %s", what, k.number, k.place)
		}
	}
	return text
}

// arguments are those of the program.
func (r run) arguments(stateFile string) []string {
	arguments := []string{
		"apply", "-f", stateFile, "-o", "json", "--yes", "--timeout", r.timeout.String(), "--concurrency", fmt.Sprint(r.concurrency),
	}
	if r.human {
		arguments = append(arguments, "--only", cmp.Or(r.only, "tag,deprecate"))
	}
	if r.staged {
		arguments = append(arguments, "--staged")
	}
	if r.named {
		arguments = append(arguments, "--tag", r.tag)
	}
	if r.verify {
		arguments = append(arguments, "--verify")
	}
	if r.distTag != "" {
		arguments = append(arguments, "--dist-tag", r.distTag)
	}
	return arguments
}
