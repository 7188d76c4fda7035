package manifest_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// TestManifestsAsNpmSendsThem has real npm clients publish packages with random package.jsons to the sandbox, and compares the
// manifest of each with ours. FACETS_DIFFERENTIAL_MANIFESTS says how many, FACETS_DIFFERENTIAL_SEED repeats a run.
func TestManifestsAsNpmSendsThem(t *testing.T) {
	g := NewWithT(t)
	count, seed := 40, uint64(1) // the same on every push
	for name, set := range map[string]func(string) error{
		"FACETS_DIFFERENTIAL_MANIFESTS": func(s string) (err error) { count, err = strconv.Atoi(s); return err },
		"FACETS_DIFFERENTIAL_SEED":      func(s string) (err error) { seed, err = strconv.ParseUint(s, 10, 64); return err },
	} {
		if value := os.Getenv(name); value != "" {
			g.Expect(set(value)).To(Succeed(), name)
		}
	}
	g.Expect(clients.Install(t.Context())).To(Succeed())
	root := t.TempDir()
	var all []drawn
	for i := range count {
		p := draw(rand.New(rand.NewPCG(seed, uint64(i))), i)
		p.write(t, root)
		all = append(all, p)
	}
	for _, name := range []string{clients.NPM11, clients.NPM12} {
		t.Run(name, func(t *testing.T) {
			client, err := clients.NPM(t.Context(), name)
			if errors.Is(err, errors.ErrUnsupported) {
				t.Skip(err)
			}
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			n := npm{client, newPublishSandbox(t)}
			refused := n.publishAll(t, root, all)
			for _, p := range all {
				p.compare(t, filepath.Join(root, p.folder), name, n.sandbox.sent[p.name], refused[p.folder])
			}
			n.compareOne(t, root, all, refused)
			n.comparePacked(t, all, 1+count/100)
			if t.Failed() {
				t.Logf("again: FACETS_DIFFERENTIAL_SEED=%d FACETS_DIFFERENTIAL_MANIFESTS=%d go test ./internal/artifact/manifest -run %s",
					seed, count, strings.SplitN(t.Name(), "/", 2)[0])
			}
		})
	}
}

// compare expects of Pack the manifest that npm sent, but for what deliberate lists; and of what npm refused a refusal.
func (p drawn) compare(t *testing.T, path, client string, sent *sentPackage, refused string) {
	t.Helper()
	g := NewWithT(t)
	show := func() string { return fmt.Sprintf("%s\n%s\n%s", p.folder, p.files["package.json"], refused) }
	a, err := artifact.Open(t.Context(), path)
	if err != nil {
		if sent != nil && !slices.ContainsFunc(refusedHere(), func(why string) bool { return strings.Contains(err.Error(), why) }) {
			t.Errorf("npm publishes it, here: %s\n%s", err, show())
		}
		return
	}
	if sent == nil {
		problems, err := rules.Check(t.Context(), a, rules.Want{})
		g.Expect(err).NotTo(HaveOccurred())
		isManifest := func(p rules.Problem) bool { return p.Refused && p.Rule == "manifest" }
		isHere := func(why string) bool { return strings.Contains(refused, why) }
		if !slices.ContainsFunc(problems, isManifest) && !slices.ContainsFunc(refusedThere(), isHere) {
			t.Errorf("npm refuses it, here it is published\n%s", show())
		}
		return
	}
	tarball, err := a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir()})
	g.Expect(err).NotTo(HaveOccurred(), show)
	defer func() { g.Expect(tarball.Close()).To(Succeed()) }()

	if client == clients.NPM12 {
		r, err := tarball.Open(t.Context())
		g.Expect(err).NotTo(HaveOccurred())
		packed, err := io.ReadAll(r)
		g.Expect(errors.Join(err, r.Close())).To(Succeed())
		if ours, theirs := packageJSON(t, packed), packageJSON(t, sent.tarball); ours != theirs {
			t.Errorf("package.json in the tarball: here %q, npm 12 %q", ours, theirs)
		}
	}
	want := decoded(t, sent.manifest)
	for _, added := range []string{"_id", "_nodeVersion", "_npmVersion", "dist"} {
		delete(want, added)
	}
	for _, d := range deliberate() {
		if d.clients == "" || strings.Contains(d.clients, client) {
			d.instead(want, p, a)
		}
	}
	ours, err := json.Marshal(tarball.Manifest)
	g.Expect(err).NotTo(HaveOccurred())
	got := decoded(t, ours)
	for _, key := range sortedKeysOf(got, want) {
		if ours, theirs := indented(t, got, key), indented(t, want, key); ours != theirs {
			t.Errorf("%s: here %s, %s %s\n%s", key, ours, client, theirs, show())
		}
	}
}

// npm is a client that publishes to a sandbox.
type npm struct {
	clients.Client
	sandbox *publishSandbox
}

// publish runs the client in a folder.
func (n npm) publish(t *testing.T, dir string, args ...string) (output []byte, err error) {
	t.Helper()
	home := t.TempDir()
	args = append([]string{"publish", "--ignore-scripts", "--tag=drawn", "--access=public", "--registry=" + n.sandbox.url,
		"--" + strings.TrimPrefix(n.sandbox.url, "http:") + "/:_authToken=" + n.sandbox.token, "--cache=" + filepath.Join(home, "cache"),
		"--no-update-notifier", "--loglevel=error"}, args...)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	command := n.Command(ctx, args...)
	command.Dir, command.WaitDelay = dir, time.Second
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home,
		"npm_config_userconfig=" + filepath.Join(home, "npmrc"), "npm_config_globalconfig=" + filepath.Join(home, "global.npmrc")}
	return command.CombinedOutput()
}

// publishAll publishes each package as a member of a workspace, so that one process does many. It ends at the first that npm
// refuses, and goes on behind it; what npm said of those is returned.
func (n npm) publishAll(t *testing.T, root string, all []drawn) map[string]string {
	t.Helper()
	g := NewWithT(t)
	refused := map[string]string{}
	for idle := 0; ; {
		var left []string
		for _, p := range all {
			if n.sandbox.sent[p.name] == nil && refused[p.folder] == "" {
				left = append(left, p.folder)
			}
		}
		if len(left) == 0 {
			return refused
		}
		document, err := json.Marshal(map[string]any{"name": "root", "version": "1.0.0", "private": true, "workspaces": left})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(os.WriteFile(filepath.Join(root, "package.json"), document, 0o600)).To(Succeed())
		before := len(n.sandbox.sent)
		output, err := n.publish(t, root, "--workspaces")
		if idle++; len(n.sandbox.sent) > before {
			idle = 0
		}
		g.Expect(idle).To(BeNumerically("<", 4), "npm no longer publishes anything: %s", output)
		if bytes.Contains(output, []byte("npm error code E4")) && len(n.sandbox.sent) > before {
			continue // the registry refused the last one, which npm did send
		}
		for _, p := range all {
			if n.sandbox.sent[p.name] == nil && refused[p.folder] == "" {
				g.Expect(err).To(HaveOccurred(), "%s was not sent\n%s", p.folder, output)
				refused[p.folder] = "it said: " + string(output[max(0, len(output)-1000):])
				break
			}
		}
	}
}

// compareOne publishes the first package that npm took once more, alone: a workspace must change nothing.
func (n npm) compareOne(t *testing.T, root string, all []drawn, refused map[string]string) {
	t.Helper()
	g := NewWithT(t)
	i := slices.IndexFunc(all, func(p drawn) bool { return refused[p.folder] == "" })
	g.Expect(i).To(BeNumerically(">=", 0))
	alone := npm{n.Client, newPublishSandbox(t)}
	dir := t.TempDir()
	p := all[i]
	p.write(t, dir)
	output, err := alone.publish(t, filepath.Join(dir, p.folder))
	g.Expect(err).NotTo(HaveOccurred(), string(output))
	withoutPlace := func(from *sentPackage, n npm) string {
		return strings.ReplaceAll(string(from.manifest), n.sandbox.url, "")
	}
	g.Expect(withoutPlace(alone.sandbox.sent[p.name], alone)).To(Equal(withoutPlace(n.sandbox.sent[p.name], n)))
}

// comparePacked publishes some of the .tgz that npm made, as somebody would who packs first.
func (n npm) comparePacked(t *testing.T, all []drawn, count int) {
	t.Helper()
	g := NewWithT(t)
	again := npm{n.Client, newPublishSandbox(t)}
	for _, p := range all {
		sent := n.sandbox.sent[p.name]
		if sent == nil || count == 0 {
			continue
		}
		count--
		dir := t.TempDir()
		g.Expect(os.WriteFile(filepath.Join(dir, "p.tgz"), sent.tarball, 0o600)).To(Succeed())
		output, err := again.publish(t, dir, "p.tgz")
		if err != nil {
			t.Logf("npm does not take its own .tgz: %s", output)
		}
		p.compare(t, filepath.Join(dir, "p.tgz"), n.Name, again.sandbox.sent[p.name], "")
	}
}

type sentPackage struct{ manifest, tarball []byte }

// publishSandbox is the sandbox's registry, and what was sent to it.
type publishSandbox struct {
	url, token string
	sent       map[string]*sentPackage // by the package's name
}

func newPublishSandbox(t *testing.T) *publishSandbox {
	t.Helper()
	g := NewWithT(t)
	s := &publishSandbox{sent: map[string]*sentPackage{}}
	var mu sync.Mutex
	world, err := sandbox.Open(sandbox.Options{
		Dir: t.TempDir(), Repository: "example/drawn", NoSecondFactor: true,
		Middleware: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					r.Body = io.NopCloser(bytes.NewReader(body))
					mu.Lock()
					s.keep(t, body)
					mu.Unlock()
				}
				next.ServeHTTP(w, r)
			})
		},
	})
	g.Expect(err).NotTo(HaveOccurred())
	server, err := world.Serve(context.WithoutCancel(t.Context()), "")
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(server.Close(context.WithoutCancel(t.Context()))).To(Succeed()) })
	s.url, s.token = server.URL(), world.Session().Reveal()
	return s
}

func (s *publishSandbox) keep(t *testing.T, body []byte) {
	t.Helper()
	var sent struct {
		Name        string                     `json:"name"`
		Versions    map[string]json.RawMessage `json:"versions"`
		Attachments map[string]struct {
			Data []byte `json:"data"`
		} `json:"_attachments"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Errorf("what npm sent cannot be read: %v", err)
	}
	var p sentPackage
	for _, manifest := range sent.Versions {
		p.manifest = manifest
	}
	for _, attachment := range sent.Attachments {
		p.tarball = attachment.Data
	}
	s.sent[sent.Name] = &p
}

// packageJSON is the one in a tarball.
func packageJSON(t *testing.T, tarball []byte) string {
	t.Helper()
	g := NewWithT(t)
	unzipped, err := gzip.NewReader(bytes.NewReader(tarball))
	g.Expect(err).NotTo(HaveOccurred())
	for r := tar.NewReader(unzipped); ; {
		header, err := r.Next()
		g.Expect(err).NotTo(HaveOccurred())
		if header.Name == "package/package.json" {
			text, err := io.ReadAll(r)
			g.Expect(err).NotTo(HaveOccurred())
			return string(text)
		}
	}
}

func decoded(t *testing.T, document []byte) map[string]any {
	t.Helper()
	var m map[string]any
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber() // as they are spelled
	NewWithT(t).Expect(decoder.Decode(&m)).To(Succeed(), string(document))
	return m
}

func indented(t *testing.T, m map[string]any, key string) string {
	t.Helper()
	value, has := m[key]
	if !has {
		return "(absent)"
	}
	text, err := json.Marshal(value)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(text)
}

func sortedKeysOf(maps ...map[string]any) (keys []string) {
	for _, m := range maps {
		for key := range m {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
