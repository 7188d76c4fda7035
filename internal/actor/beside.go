package actor

import (
	"context"
	"net"
	"net/url"
	"path"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// ManifestReader reads what a registry serves.
type ManifestReader interface {
	Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error)
	Registry() string // its address
}

// beside adds to what an artifact has to be what stands beside it: its entry, what is served, the registry, the time. What cannot be
// read leaves a check out, as whoever needs it for more than that reports it.
func (i Inspector) beside(ctx context.Context, found string, what reconcile.Publication, want *rules.Want) {
	if i.Now != nil {
		want.Now = i.Now()
	}
	want.Integrity = func(platform spec.Name) (spec.Integrity, bool) { return i.integrity(ctx, what, platform) }
	want.Entry = i.entry(ctx, what)
	if i.Registry == nil {
		return
	}
	want.Registry = publicHost(i.Registry.Registry())
	if what.Tagged != "" && i.isBuilt(ctx, found, what) {
		served, err := i.Registry.Manifest(ctx, what.Name(), what.Package.Home.Version(what.Tagged))
		if err != nil {
			i.debug("the served version is not compared with the artifact", what.Name(), err)
			return
		}
		if !standin.Is(served.Name, string(served.Description)) { // of an earlier rehearsal
			want.Served = &served
		}
	}
}

// entry reads the package.json of a platform's entry; nil where there is none to be read.
func (i Inspector) entry(ctx context.Context, what reconcile.Publication) *packagejson.Package {
	entry, ok := what.Release.Entry()
	if !ok || what.Package.Role != desired.RolePlatform {
		return nil
	}
	found, err := i.built(ctx, reconcile.Publication{Package: entry, Release: what.Release})
	var pkg *packagejson.Package
	if err == nil {
		pkg, err = artifact.ReadPackage(ctx, found)
	}
	if err != nil {
		i.debug("the platform is not compared with its entry", what.Name(), err)
		return nil
	}
	return pkg
}

// integrity is that of a platform's artifact, where it is a .tgz, or of what is served already.
func (i Inspector) integrity(ctx context.Context, what reconcile.Publication, name spec.Name) (spec.Integrity, bool) {
	for _, platform := range what.Release.Platforms() {
		if platform.Name != name {
			continue
		}
		if i.Registry != nil {
			if served, err := i.Registry.Manifest(ctx, platform.OnNpm(), platform.Home.Version(what.Release.Version)); err == nil {
				return served.Dist.Integrity, true
			}
		}
		found, err := i.built(ctx, reconcile.Publication{Package: platform, Release: what.Release})
		if err != nil {
			return "", false
		}
		integrity, err := artifact.IntegrityOf(ctx, found)
		return integrity, err == nil && integrity != ""
	}
	return "", false
}

// built finds what a build has left. A rehearsal's stand-in tells nothing about the real artifact.
func (i Inspector) built(ctx context.Context, what reconcile.Publication) (string, error) {
	if rehearsed, ok := i.Artifacts.(interface {
		Built(ctx context.Context, p reconcile.Publication) (string, error)
	}); ok {
		return rehearsed.Built(ctx, what)
	}
	return i.Artifacts.Find(ctx, what)
}

func (i Inspector) isBuilt(ctx context.Context, found string, what reconcile.Publication) bool {
	built, err := i.built(ctx, what)
	return err == nil && built == found
}

func (i Inspector) debug(message string, name spec.Name, err error) {
	if i.Log != nil {
		i.Log.Debug(message, "package", name, "error", err)
	}
}

// members are the platforms of an entry's release.
func members(p reconcile.Publication) (all []rules.Member) {
	if p.Package.Role != desired.RoleEntry {
		return nil
	}
	for _, platform := range p.Release.Platforms() {
		all = append(all, rules.Member{
			Name: platform.Name, Platform: platform.Platform,
			Folder: folderIn(p.Package.Artifact, platform.Artifact, p.Release.Version),
		})
	}
	for _, platform := range p.Release.Apart {
		all = append(all, rules.Member{
			Name: platform.Name, Platform: platform.Platform,
			Folder: folderIn(p.Package.Artifact, platform.Artifact, platform.Version),
		})
	}
	return all
}

// folderIn is the path of one artifact below another, both relative to the state file; "" where it is elsewhere.
func folderIn(outer, inner string, version spec.Version) string {
	if outer == "" || inner == "" {
		return ""
	}
	fill := func(pattern string) string {
		return path.Clean(strings.ReplaceAll(pattern, "{version}", version.String()))
	}
	outer, inner = fill(outer), fill(inner)
	if outer == "." && !strings.HasPrefix(inner, "../") && !path.IsAbs(inner) {
		return inner
	}
	below, ok := strings.CutPrefix(inner, outer+"/")
	if !ok {
		return ""
	}
	return below
}

// publicHost is the host of a registry, "" for one on this machine: a rehearsal's, whose addresses nobody else has.
func publicHost(registry string) string {
	address, err := url.Parse(registry)
	if err != nil {
		return ""
	}
	host := address.Hostname()
	if ip := net.ParseIP(host); strings.EqualFold(host, "localhost") || ip.IsLoopback() {
		return ""
	}
	return address.Host
}
