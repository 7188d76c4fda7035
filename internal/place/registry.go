package place

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/npmrc"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// findRegistry looks, in this order, at the flag, the environment, the state file and .npmrc, and then asks npm.
func (p *Place) findRegistry(ctx context.Context) (*url.URL, error) {
	if p.options.Registry != "" {
		return parseRegistry(p.options.Registry, "--registry")
	}
	if value, from := p.npmrc.EnvironmentRegistry(); value != "" {
		return parseRegistry(value, from)
	}
	if p.State.Spec.Registry != "" {
		return parseRegistry(p.State.Spec.Registry, "spec.registry of "+p.File)
	}
	value, from, err := p.npmrc.Registry(p.scope())
	if err != nil {
		return nil, err
	}
	if value != "" {
		return parseRegistry(value, from)
	}
	value, err = npmrc.RegistryFromNPM(ctx, p.Root())
	if err != nil || value == "" {
		return nil, fmt.Errorf("no registry is known: name it with --registry, npm_config_registry, spec.registry or in .npmrc, "+
			"or install npm, which is asked last: %w", errors.Join(err, ctx.Err()))
	}
	return parseRegistry(value, "npm config get registry")
}

// scope returns the scope of the first package that has one.
func (p *Place) scope() string {
	for _, pkg := range p.State.Packages() {
		if s := pkg.Name.Scope(); s != "" {
			return s
		}
	}
	return ""
}

func parseRegistry(value, from string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("the registry given by %s is no URL of the form https://host/ without credentials", from)
	}
	return u.JoinPath("/"), nil
}

// accessPage returns the page where a human configures a package's trusted publishers: on the public registry's web site; for any other
// registry, on that itself, as a sandbox has it.
func accessPage(registry *url.URL) func(spec.Name) string {
	base := registry.JoinPath("/").String()
	if name, _, ok := strings.Cut(strings.TrimPrefix(registry.Hostname(), "registry."), "."); ok && name == "npmjs" {
		base = "https://www.npmjs.com/"
	}
	return func(name spec.Name) string { return base + "package/" + name.String() + "/access" }
}
