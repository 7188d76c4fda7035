package child_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/child"
)

func shell(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell here")
	}
	command := exec.CommandContext(t.Context(), "sh", "-c", script)
	command.WaitDelay = time.Second
	return command
}

func TestOutput(t *testing.T) {
	g := NewWithT(t)
	g.Expect(child.Output(shell(t, "echo out; echo err >&2"), 4)).To(BeEquivalentTo("out\n"))
	g.Expect(child.Output(shell(t, ":"), 0)).To(BeEmpty())

	_, err := child.Output(shell(t, "echo why >&2; exit 3"), 100)
	var exit *exec.ExitError
	g.Expect(errors.As(err, &exit)).To(BeTrue())
	g.Expect(exit.Stderr).To(BeEquivalentTo("why\n"))
}

func TestOutputIsBounded(t *testing.T) {
	for name, script := range map[string]string{
		"one byte more":            "echo abcd",
		"without end":              "while :; do echo y; done",
		"whatever signals it gets": "trap '' PIPE TERM; while :; do echo y 2>/dev/null; done",
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			out, err := child.Output(shell(t, script), 4)
			g.Expect(err).To(MatchError(child.ErrTooMuch))
			g.Expect(out).To(BeEmpty())
		})
	}
	g := NewWithT(t)
	_, err := child.Output(shell(t, "i=0; while [ $i -lt 1000 ]; do echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done; exit 1"), 4)
	var exit *exec.ExitError
	g.Expect(errors.As(err, &exit)).To(BeTrue(), "%v", err)
	g.Expect(exit.Stderr).To(HaveLen(4 << 10))
	g.Expect(string(exit.Stderr)).To(HavePrefix(strings.Repeat("0123456789", 4)))
}
