package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/npmrc"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// findRegistry asks, in order: the flag, the environment, the state file, .npmrc, npm itself.
func (u *setup) findRegistry(ctx context.Context) (*url.URL, error) {
	if u.shared.registry != "" {
		return parseRegistry(u.shared.registry, "--registry")
	}
	if value, from := u.npmrc.EnvironmentRegistry(); value != "" {
		return parseRegistry(value, from)
	}
	if u.state.Spec.Registry != "" {
		return parseRegistry(u.state.Spec.Registry, "spec.registry of "+u.shared.file)
	}
	value, from, err := u.npmrc.Registry(u.scope())
	if err != nil {
		return nil, err
	}
	if value != "" {
		return parseRegistry(value, from)
	}
	value, err = npmrc.RegistryFromNPM(ctx, u.root)
	if err != nil || value == "" {
		return nil, fmt.Errorf("no registry is known: name it with --registry, npm_config_registry, spec.registry or in .npmrc, "+
			"or install npm, which is asked last: %w", errors.Join(err, ctx.Err()))
	}
	return parseRegistry(value, "npm config get registry")
}

// scope is that of the first package that has one.
func (u *setup) scope() string {
	for _, p := range u.state.Packages() {
		if s := p.Name.Scope(); s != "" {
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

// accessPage returns where a human configures a package's trusted publishers: on the public registry's web site, else on
// the registry itself, which is where a sandbox has it.
func accessPage(registry *url.URL) func(spec.Name) string {
	base := registry.JoinPath("/").String()
	if name, _, ok := strings.Cut(strings.TrimPrefix(registry.Hostname(), "registry."), "."); ok && name == "npmjs" {
		base = "https://www.npmjs.com/"
	}
	return func(name spec.Name) string { return base + "package/" + name.String() + "/access" }
}
