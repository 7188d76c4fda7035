package checkout

import (
	"context"
	"regexp"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Origin is the address of the remote named origin. It may hold credentials: print Name instead.
type Origin struct{ address string }

// Origin returns where the checkout comes from; an empty Origin where it has no such remote.
func (c Checkout) Origin(ctx context.Context) Origin {
	address, err := c.line(ctx, "remote", "get-url", "origin")
	if err != nil {
		return Origin{}
	}
	return Origin{address}
}

// OnGitHub returns the repository on GitHub that the checkout comes from, "owner/name", or "".
func (c Checkout) OnGitHub(ctx context.Context) string {
	return spec.Repository(c.Origin(ctx).address).GitHub()
}

// Hosted returns the repository that the checkout comes from, wherever it is, as host and path, or "".
func (c Checkout) Hosted(ctx context.Context) string { return c.Origin(ctx).Name() }

// Known tells whether there is such a remote.
func (o Origin) Known() bool { return o.address != "" }

// Name is the repository as host and path, without what a URL may hold besides.
func (o Origin) Name() string {
	host, path := o.parts()
	return strings.TrimPrefix(host+"/"+path, "/")
}

// Is tells whether it is this repository ("owner/name") on GitHub, or on the GitHub whose API has the host api.
func (o Origin) Is(repository, api string) bool {
	if strings.EqualFold(spec.Repository(o.address).GitHub(), repository) {
		return true
	}
	host, path := o.parts()
	own := host != "" && (strings.EqualFold(host, api) || strings.EqualFold("api."+host, api))
	return own && strings.EqualFold(path, repository)
}

// parts reads git's two forms of addresses, scheme://host/path and host:path.
func (o Origin) parts() (host, path string) {
	form := regexp.MustCompile(`^(?:[a-z+]+://(?:[^@/]*@)?([^/:@]+)(?::[0-9]+)?/|(?:[^@/:]*@)?([^/:@]+):)(.+?)(?:\.git)?/?$`)
	found := form.FindStringSubmatch(o.address)
	if found == nil {
		return "", ""
	}
	return found[1] + found[2], found[3]
}
