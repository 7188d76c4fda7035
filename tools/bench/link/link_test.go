package link_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/tools/bench/link"
)

// open returns a client that reaches, through a link, a server that answers with what it is sent.
func open(t *testing.T, o link.Options) (*link.Link, *http.Client) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = rw.Write(body)
	}))
	t.Cleanup(server.Close)
	l, err := link.Open(t.Context(), server.Listener.Addr().String(), o)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = l.Close() // its listener
	})
	return l, &http.Client{Transport: transport}
}

func echo(t *testing.T, client *http.Client, l *link.Link, body string) time.Duration {
	t.Helper()
	g := NewWithT(t)
	began := time.Now()
	response, err := client.Post("http://"+l.Address()+"/", "text/plain", strings.NewReader(body))
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(answer) == body).To(BeTrue(), "%d bytes came back of %d", len(answer), len(body))
	return time.Since(began)
}

func TestALinkPassesEverythingAndCounts(t *testing.T) {
	g := NewWithT(t)
	l, client := open(t, link.Options{})
	for _, size := range []int{1, 100_000, 5_000_000} {
		echo(t, client, l, strings.Repeat("GET / ", size/6+1))
	}
	g.Expect(l.Connections()).To(BeEquivalentTo(1))
	g.Expect(l.Requests()).To(BeNumerically(">=", 3))
}

func TestANewConnectionCostsARoundTripMore(t *testing.T) {
	g := NewWithT(t)
	const roundTrip = 50 * time.Millisecond
	l, client := open(t, link.Options{RoundTrip: roundTrip})
	g.Expect(echo(t, client, l, "x")).To(BeNumerically(">=", 2*roundTrip))
	g.Expect(echo(t, client, l, "x")).To(BeNumerically(">=", roundTrip))
	g.Expect(l.Connections()).To(BeEquivalentTo(1))
}

func TestAnUploadTakesItsTime(t *testing.T) {
	g := NewWithT(t)
	l, client := open(t, link.Options{Upload: 2_000_000})
	g.Expect(echo(t, client, l, strings.Repeat("x", 500_000))).To(BeNumerically(">=", 200*time.Millisecond))
}

func TestClosingCutsConnections(t *testing.T) {
	g := NewWithT(t)
	l, _ := open(t, link.Options{RoundTrip: time.Hour})
	connection, err := net.Dial("tcp", l.Address())
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { _ = connection.Close() }()
	_, err = connection.Write([]byte("never arrives"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(l.Close()).To(Succeed())
	_, err = connection.Read(make([]byte, 1))
	g.Expect(err).To(HaveOccurred())
}
