package chaos_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
)

// verdaccio is a real registry, in which each schedule has names of its own. It serves what it accepts at once, and of races
// it would prove nothing.
type verdaccio struct {
	address *url.URL
	token   string
}

// soon is how long a real registry may take to start, on a loaded machine.
const soon = 2 * time.Minute

// serveVerdaccio starts Verdaccio with an empty storage, and logs in.
func serveVerdaccio() *verdaccio {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	config, err := os.ReadFile(filepath.Join("..", "testdata", "verdaccio.yaml"))
	Expect(err).NotTo(HaveOccurred())
	Expect(os.WriteFile(filepath.Join(dir, "config.yaml"), config, 0o600)).To(Succeed())
	script, err := clients.File("verdaccio.cjs")
	Expect(err).NotTo(HaveOccurred())

	command := exec.Command("node", script, filepath.Join(dir, "config.yaml"))
	command.Dir, command.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}
	session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Kill().Wait(soon) })
	Eventually(session.Out, soon).Should(gbytes.Say(`listening on http://\S+\n`))
	_, address, _ := strings.Cut(string(session.Out.Contents()), "listening on ")
	address, _, _ = strings.Cut(address, "\n")
	v := &verdaccio{}
	v.address, err = url.Parse(address)
	Expect(err).NotTo(HaveOccurred())

	login, err := http.NewRequest(http.MethodPut, address+"/-/user/org.couchdb.user:publisher",
		strings.NewReader(`{"name": "publisher", "password": "not a secret", "type": "user"}`))
	Expect(err).NotTo(HaveOccurred())
	login.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(login)
	Expect(err).NotTo(HaveOccurred())
	var granted struct{ Token string }
	Expect(json.NewDecoder(answer.Body).Decode(&granted)).To(Succeed())
	Expect(answer.Body.Close()).To(Succeed())
	Expect(granted.Token).NotTo(BeEmpty())
	v.token = granted.Token
	return v
}

func (v *verdaccio) reset(*play) error { return nil }

// handler passes everything on to Verdaccio, which sees the host that the client asked, so that its links lead back here. Bodies
// stream both ways.
func (v *verdaccio) handler() http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(v.address)
			r.Out.Host = r.In.Host
		},
		// A connection for each request leaves none behind, as nobody could close it.
		Transport: &http.Transport{
			DisableKeepAlives: true, DisableCompression: true, ExpectContinueTimeout: time.Second,
		},
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0), // what goes wrong is the client's to tell
		ErrorHandler: func(rw http.ResponseWriter, _ *http.Request, err error) {
			http.Error(rw, err.Error(), http.StatusBadGateway)
		},
	}
}

// prepare logs a machine in.
func (v *verdaccio) prepare(m *machine) ([]string, error) {
	return m.job(), m.logIn(v.token)
}

// records reads the packuments. What Verdaccio has, it serves; when, does not matter.
func (v *verdaccio) records(names []string) (records, error) {
	all := records{}
	for _, name := range names {
		body, status, err := v.get("/" + escaped(name))
		if err != nil {
			return nil, err
		}
		var packument struct {
			Tags     map[string]string `json:"dist-tags"`
			Versions map[string]struct {
				Dist struct{ Integrity string }
			}
		}
		if status == http.StatusOK {
			if err := json.Unmarshal(body, &packument); err != nil {
				return nil, err
			}
		}
		one := record{Versions: map[string]held{}, Tags: map[string][]string{}}
		for version, m := range packument.Versions {
			one.Versions[version] = held{Integrity: m.Dist.Integrity}
		}
		for tag, version := range packument.Tags {
			one.Tags[tag] = []string{version}
		}
		all[name] = one
	}
	return all, nil
}

func (v *verdaccio) tarball(name, version string) ([]byte, error) {
	body, status, err := v.get("/" + name + "/-/" + filepath.Base(name) + "-" + version + ".tgz")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the registry answers %d", status)
	}
	return body, err
}

func (v *verdaccio) get(path string) (body []byte, status int, err error) {
	answer, err := http.Get(v.address.String() + path)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = answer.Body.Close() }() // only read
	body, err = io.ReadAll(answer.Body)
	return body, answer.StatusCode, err
}
