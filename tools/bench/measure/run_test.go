package measure_test

import (
	"bytes"
	"os/exec"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/tools/bench/measure"
)

func TestMemoryOfDescendantsIsCounted(t *testing.T) {
	g := NewWithT(t)
	// The grandchild holds 64 MiB until its input ends, and says when it does.
	const hold = `x=$(head -c 67108864 /dev/zero | tr '\0' x); echo held; read _; : "${#x}"`
	var said held
	command := exec.CommandContext(t.Context(), "bash", "-c", "bash -c '"+quoted(hold)+"'; true")
	in, err := command.StdinPipe()
	g.Expect(err).NotTo(HaveOccurred())
	// Fifty looks at the memory: one of them would do.
	said.then = func() { time.AfterFunc(time.Second, func() { _ = in.Close() }) }
	command.Stdout = &said
	usage, err := measure.Run(t.Context(), 1, command)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(usage.Peak).To(BeNumerically(">", 64<<20))
	g.Expect(usage.Elapsed).To(BeNumerically(">", 0))
}

func TestEveryFailureIsReportedWithWhatWasSaid(t *testing.T) {
	g := NewWithT(t)
	_, err := measure.Run(t.Context(), 2,
		exec.CommandContext(t.Context(), "bash", "-c", "echo first trouble; exit 3"),
		exec.CommandContext(t.Context(), "bash", "-c", "true"),
		exec.CommandContext(t.Context(), "bash", "-c", "echo second trouble >&2; exit 4"))
	g.Expect(err).To(MatchError(And(ContainSubstring("first trouble"), ContainSubstring("exit status 3"),
		ContainSubstring("second trouble"), ContainSubstring("exit status 4"))))
}

// held calls then when something was said.
type held struct{ then func() }

func (h *held) Write(p []byte) (int, error) {
	h.then()
	return len(p), nil
}

func quoted(s string) string { return string(bytes.ReplaceAll([]byte(s), []byte("'"), []byte(`'\''`))) }
