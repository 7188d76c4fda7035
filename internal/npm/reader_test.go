package npm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// token reads every package with itself.
type token string

func (t token) For(context.Context, spec.Name) (npm.Credential, error) {
	return npm.NewCredential(spec.NewSecret(string(t)), time.Time{}), nil
}

// failing has no credential, for a reason.
type failing struct{ err error }

func (f failing) For(context.Context, spec.Name) (npm.Credential, error) {
	return npm.Credential{}, f.err
}

// basic reads with a user name and a password.
type basic string

func (b basic) For(context.Context, spec.Name) (npm.Credential, error) {
	return npm.NewBasic(spec.NewSecret(string(b))), nil
}

// vault is a registry that shows its one version to some, and says to all others what it is told to.
type vault struct {
	shows  string // the Authorization that sees it
	others int    // the status for everybody else
	knows  string // the Authorization that is somebody's; "": shows
	opens  bool   // after the first read of who sees it everybody does

	visibility string // who may read it, in the registry's word; "": it has no such call

	mu    sync.Mutex
	asked []string // "PATH by AUTHORIZATION"
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	by := r.Header.Get("Authorization")
	v.mu.Lock()
	v.asked = append(v.asked, r.URL.Path+" by "+by)
	v.mu.Unlock()
	knows := v.knows
	if knows == "" {
		knows = v.shows
	}
	switch {
	case r.URL.Path == "/-/whoami" && by == knows:
		answer(200, `{"username":"somebody"}`)(w, r)
	case r.URL.Path == "/-/whoami":
		answer(401, `{}`)(w, r)
	case strings.HasSuffix(r.URL.Path, "/visibility") && v.visibility != "":
		answer(200, v.visibility)(w, r)
	case by != v.shows && !v.open():
		answer(v.others, `"Not Found"`)(w, r)
	case strings.HasSuffix(r.URL.Path, "/@s/p/dist-tags"):
		answer(200, `{"latest":"1.0.0"}`)(w, r)
	case strings.HasSuffix(r.URL.Path, ".tgz"):
		answer(200, "bytes")(w, r)
	case r.URL.Path == "/@s/p/1.0.0":
		answer(200, `{"name":"@s/p","version":"1.0.0"}`)(w, r)
	case r.URL.Path == "/@s/p":
		answer(200, `{"name":"@s/p","versions":{"1.0.0":{}}}`)(w, r)
	default:
		answer(404, `"Not Found"`)(w, r)
	}
}

// open tells whether everybody sees the version by now.
func (v *vault) open() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.opens && slices.ContainsFunc(v.asked, func(r string) bool { return strings.HasSuffix(r, "/dist-tags by "+v.shows) })
}

func (v *vault) requests() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	asked := v.asked
	v.asked = nil
	return asked
}

func declared(o *npm.Options) { o.Restricted = func(spec.Name) bool { return true } }

// readAll asks all that can be read of the package, and returns what came of it.
func readAll(t *testing.T, c *npm.Client) map[string]error {
	t.Helper()
	_, errTags := c.DistTags(t.Context(), scoped)
	_, errManifest := c.Manifest(t.Context(), scoped, "1.0.0")
	_, errVersions := c.Versions(t.Context(), scoped)
	_, errUnpublished := c.Unpublished(t.Context(), scoped)
	body, errTarball := c.Tarball(t.Context(), scoped, c.Registry()+"@s/p/-/p-1.0.0.tgz")
	if errTarball == nil {
		_ = body.Close()
	}
	return map[string]error{
		"dist-tags": errTags, "manifest": errManifest, "versions": errVersions, "unpublished": errUnpublished, "tarball": errTarball,
		"tarball exists": c.TarballExists(t.Context(), scoped, c.Registry()+"@s/p/-/p-1.0.0.tgz"),
	}
}

func TestWhatIsNotShownToAllIsReadWithWhatIsAtHand(t *testing.T) {
	const ours = "Bearer ours"
	for name, c := range map[string]struct {
		vault   *vault
		readers []npm.Reader
		access  spec.Access
		means   []error // of every read; none: it is read
		says    string
	}{
		"public":              {&vault{shows: "", others: 404}, []npm.Reader{token("ours")}, spec.AccessPublic, nil, ""},
		"restricted":          {&vault{shows: ours, others: 404}, []npm.Reader{token("ours")}, spec.AccessRestricted, nil, ""},
		"by the second":       {&vault{shows: ours, others: 404}, []npm.Reader{token("other"), token("ours")}, spec.AccessRestricted, nil, ""},
		"one has none":        {&vault{shows: ours, others: 404}, []npm.Reader{failing{spec.ErrRefused}, token("ours")}, spec.AccessRestricted, nil, ""},
		"closed, 401":         {&vault{shows: ours, others: 401}, []npm.Reader{token("ours")}, "", nil, ""},
		"closed, 403":         {&vault{shows: ours, others: 403}, []npm.Reader{token("ours")}, "", nil, ""},
		"closed, by password": {&vault{shows: "Basic dTpw", others: 401}, []npm.Reader{basic("dTpw")}, "", nil, ""},
		"nobody":              {&vault{shows: ours, others: 404}, nil, "", []error{spec.ErrNoAccess}, "npm login"},
		"nobody, closed":      {&vault{shows: ours, others: 401}, nil, "", []error{spec.ErrNoAccess, spec.ErrRefused}, "npm login"},
		"an expired session":  {&vault{shows: ours, others: 404}, []npm.Reader{token(session)}, "", []error{spec.ErrNoAccess}, "npm login"},
		"another's session": {&vault{shows: ours, others: 404, knows: "Bearer " + session}, []npm.Reader{token(session)}, "",
			[]error{spec.ErrNotFound}, ""},
		"an exchanged one": {&vault{shows: ours, others: 404}, []npm.Reader{token("exchanged")}, "", []error{spec.ErrNotFound}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server := httptest.NewServer(c.vault)
			t.Cleanup(server.Close)
			client := clientOf(t, server.URL, declared).ReadBy(c.readers...)
			for what, err := range readAll(t, client) {
				if what == "unpublished" && len(c.means) == 1 && c.means[0] == spec.ErrNotFound {
					g.Expect(err).NotTo(HaveOccurred()) // a package that is not there was not unpublished
					continue
				}
				if len(c.means) == 0 {
					g.Expect(err).NotTo(HaveOccurred(), what)
				}
				for _, sentinel := range []error{spec.ErrNotFound, spec.ErrNoAccess} {
					wanted := false
					for _, means := range c.means {
						wanted = wanted || means == sentinel
					}
					g.Expect(errors.Is(err, sentinel)).To(Equal(wanted), "%s: %v", what, err)
				}
				if c.says != "" {
					g.Expect(err).To(MatchError(ContainSubstring(c.says)), what)
				}
				g.Expect(fmt.Sprint(err)).NotTo(Or(ContainSubstring("ours"), ContainSubstring(session)), what)
			}
			g.Expect(client.Access(scoped)).To(Equal(c.access))
		})
	}
}

func TestAPackageIsReadOnAsItWasFirst(t *testing.T) {
	g := NewWithT(t)
	v := &vault{shows: "Bearer ours", others: 404}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	client := clientOf(t, server.URL, declared).ReadBy(token("other"), token("ours"))
	readAll(t, client)
	v.requests()
	readAll(t, client)
	g.Expect(v.requests()).To(And(HaveLen(6), HaveEach(HaveSuffix(" by Bearer ours"))))

	v.shows = "" // made public
	open := clientOf(t, server.URL, declared).ReadBy(token("ours"))
	readAll(t, open)
	_, err := open.Manifest(t.Context(), scoped, "2.0.0")
	g.Expect(err).To(MatchError(spec.ErrNotFound))
	g.Expect(v.requests()).To(HaveEach(HaveSuffix(" by ")), "what everybody is shown takes no token")
}

func TestUndeclaredIsAskedForWithoutATokenUntilItIsUnveiled(t *testing.T) {
	g := NewWithT(t)
	v := &vault{shows: "Bearer ours", others: 404}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	client := clientOf(t, server.URL).ReadBy(token("ours"))
	_, err := client.DistTags(t.Context(), scoped)
	g.Expect(err).To(And(MatchError(spec.ErrNotFound), Not(MatchError(spec.ErrNoAccess))))
	g.Expect(v.requests()).To(HaveEach(HaveSuffix(" by ")))

	there, err := client.Unveil(t.Context(), scoped)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(there).To(BeTrue())
	g.Expect(client.Access(scoped)).To(Equal(spec.AccessRestricted))
	g.Expect(client.DistTags(t.Context(), scoped)).To(HaveLen(1))
	g.Expect(client.Taken(t.Context(), scoped, npm.NewCredential(spec.NewSecret("ours"), time.Time{}))).To(BeTrue())
	g.Expect(client.Taken(t.Context(), "@s/none", npm.NewCredential(spec.NewSecret("ours"), time.Time{}))).To(BeFalse())

	for name, readers := range map[string][]npm.Reader{
		"nobody": nil, "a token that may not": {token("other")}, "an expired session": {token(session)}, "none": {failing{spec.ErrRefused}},
	} {
		there, err := clientOf(t, server.URL).ReadBy(readers...).Unveil(t.Context(), scoped)
		g.Expect(err).NotTo(HaveOccurred(), name)
		g.Expect(there).To(BeFalse(), name)
	}
	_, err = clientOf(t, server.URL).ReadBy(failing{errors.New("the exchange is down")}).Unveil(t.Context(), scoped)
	g.Expect(err).To(MatchError(ContainSubstring("the exchange is down")))
	for said, access := range map[string]spec.Access{`{"public":true}`: "", `{"public":false}`: spec.AccessRestricted} {
		v.visibility = said
		client := clientOf(t, server.URL).ReadBy(token("ours"))
		g.Expect(client.Unveil(t.Context(), scoped)).To(BeTrue())
		g.Expect(client.Access(scoped)).To(Equal(access), "a cache may go on to answer 404 where everybody may read it")
	}
	v.others = 500
	_, err = clientOf(t, server.URL).ReadBy(token("other")).Unveil(t.Context(), scoped)
	g.Expect(err).To(HaveOccurred(), "what could not be asked is not absent")
}

func TestAPackageThatComesBetweenTwoReadsIsNotTakenForARestrictedOne(t *testing.T) {
	g := NewWithT(t)
	v := &vault{shows: "Bearer ours", others: 404, opens: true}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	client := clientOf(t, server.URL).ReadBy(token("ours"))
	g.Expect(client.Unveil(t.Context(), scoped)).To(BeTrue())
	g.Expect(client.Access(scoped)).NotTo(Equal(spec.AccessRestricted))
	g.Expect(client.DistTags(t.Context(), scoped)).To(HaveLen(1))
	g.Expect(v.requests()).To(ContainElement("/-/package/@s/p/dist-tags by "))
}

func TestAlwaysAuthAsksWithTheTokenFromTheStart(t *testing.T) {
	g := NewWithT(t)
	v := &vault{shows: "Bearer ours", others: 404}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	client := clientOf(t, server.URL, func(o *npm.Options) { o.AlwaysAuth = true }).ReadBy(token("ours"))
	for what, err := range readAll(t, client) {
		g.Expect(err).NotTo(HaveOccurred(), what)
	}
	g.Expect(v.requests()).To(HaveEach(HaveSuffix(" by Bearer ours")))
}

func TestATokenGoesWhereItIsForAndNowhereElse(t *testing.T) {
	g := NewWithT(t)
	elsewhere := &vault{shows: "", others: 200}
	other := httptest.NewServer(elsewhere)
	t.Cleanup(other.Close)
	v := &vault{shows: "Bearer ours", others: 404}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	client := clientOf(t, server.URL, declared, func(o *npm.Options) {
		o.Covers = func(u *url.URL) bool { return !strings.HasPrefix(u.Path, "/beside/") }
	}).ReadBy(token("ours"))
	_, err := client.DistTags(t.Context(), scoped)
	g.Expect(err).NotTo(HaveOccurred())
	v.requests()
	for address, sees := range map[string]error{
		other.URL + "/@s/p/-/p-1.0.0.tgz":       nil,
		server.URL + "/beside/@s/p-1.0.0.tgz":   spec.ErrNotFound,
		server.URL + "/@s/p/-/p-1.0.0.tgz?sig=": nil,
	} {
		if err := client.TarballExists(t.Context(), scoped, address); sees == nil {
			g.Expect(err).NotTo(HaveOccurred(), address)
		} else {
			g.Expect(err).To(MatchError(sees), address)
		}
	}
	g.Expect(elsewhere.requests()).To(HaveEach(HaveSuffix(" by ")))
	g.Expect(v.requests()).To(ConsistOf("/beside/@s/p-1.0.0.tgz by ", "/@s/p/-/p-1.0.0.tgz by Bearer ours"))

	plain := clientOf(t, "http://registry.example.test", func(o *npm.Options) {
		o.Transport = wire(func(w http.ResponseWriter, r *http.Request) {
			g.Expect(r.Header).NotTo(HaveKey("Authorization"))
			answer(404, `"Not Found"`)(w, r)
		})
	}).ReadBy(token("ours"))
	there, err := plain.Unveil(t.Context(), scoped)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(there).To(BeFalse(), "without TLS no token is sent")
}
