package npm_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestPublishTellsHowMuchWasSent(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		g.Expect(err).NotTo(HaveOccurred())
		answer(201, `{"success":true}`)(w, r)
	})
	p := publication(strings.Repeat("tarball.", 50_000))
	var told []int64
	p.Sent = func(bytes int64) { told = append(told, bytes) }
	g.Expect(client.Publish(t.Context(), p, credential())).To(Succeed())
	g.Expect(len(told)).To(BeNumerically(">", 5))
	for i := 1; i < len(told); i++ {
		g.Expect(told[i]).To(BeNumerically(">", told[i-1]))
	}
	g.Expect(told[len(told)-1]).To(Equal(p.Size))
}
