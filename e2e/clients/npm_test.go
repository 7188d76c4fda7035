package clients_test

import (
	"errors"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
)

func TestEachClientIsOfItsVersion(t *testing.T) {
	NewWithT(t).Expect(clients.Install(t.Context())).To(Succeed())
	for _, name := range []string{clients.NPM11, clients.NPM12} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			client, err := clients.NPM(t.Context(), name)
			if errors.Is(err, errors.ErrUnsupported) {
				t.Skip(err)
			}
			g.Expect(err).NotTo(HaveOccurred())
			version, err := client.Command(t.Context(), "--version").CombinedOutput()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(version)).To(HavePrefix(strings.TrimPrefix(name, "npm ") + "."))
		})
	}
}

func TestOnlyPinnedClientsAreKnown(t *testing.T) {
	_, err := clients.NPM(t.Context(), "npm 10")
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring(`no client "npm 10"`)))
}
