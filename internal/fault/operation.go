package fault

import (
	"net/http"
	"path"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Operation is what a request is for.
type Operation string

// Operations of a registry, and Other for everything else (GitHub's and CircleCI's stand-ins among it).
const (
	Tags      Operation = "tags"      // reading dist-tags
	Manifest  Operation = "manifest"  // reading one version
	Packument Operation = "packument" // reading all of a package
	Tarball   Operation = "tarball"
	Publish   Operation = "publish"
	Tag       Operation = "tag"      // moving or removing a dist-tag
	Exchange  Operation = "exchange" // of an ID token
	Trust     Operation = "trust"    // reading and changing trusted publishers
	Status    Operation = "status"   // reading the status of a version
	Login     Operation = "login"    // sessions, second factors, who am I
	Other     Operation = "other"
)

func registryOperations() []Operation {
	return []Operation{Tags, Manifest, Packument, Tarball, Publish, Tag, Exchange, Trust, Status, Login}
}

// Operations returns all operations.
func Operations() []Operation { return append(registryOperations(), Other) }

// Describe tells what a request is for, and of which package and version as far as its address says: of a publish the
// version is not known. A manifest may be asked for by a dist-tag, which then stands for the version.
func Describe(r *http.Request) (Operation, spec.Name, spec.Version) {
	address := strings.TrimPrefix(r.URL.Path, "/")
	service, isService := strings.CutPrefix(address, "-/")
	switch {
	case isService:
		return describeService(r.Method, service)
	case strings.HasPrefix(address, "auth/cli/"):
		return Login, "", ""
	case strings.HasPrefix(address, "github/"), strings.HasPrefix(address, "circleci/"), address == "":
		return Other, "", ""
	}
	name, rest := spec.CutName(address)
	file, isTarball := strings.CutPrefix(rest, "-/")
	switch {
	case r.Method == http.MethodPut && rest == "":
		return Publish, name, ""
	case !isRead(r):
		return Other, name, ""
	case isTarball:
		return Tarball, name, numbered(name, file)
	case rest == "":
		return Packument, name, ""
	case !strings.Contains(rest, "/"):
		return Manifest, name, spec.Version(rest)
	}
	return Other, name, ""
}

// describeService describes what is under /-/.
func describeService(method, service string) (Operation, spec.Name, spec.Version) {
	settings, isPackage := strings.CutPrefix(service, "package/")
	exchange, isExchange := strings.CutPrefix(service, "npm/v1/oidc/token/exchange/package/")
	switch {
	case isExchange:
		return Exchange, spec.Name(exchange), ""
	case isPackage:
		name, rest := spec.CutName(settings)
		setting, argument, _ := strings.Cut(rest, "/")
		number, isStatus := strings.CutSuffix(argument, "/status")
		switch {
		case setting == "trust":
			return Trust, name, ""
		case setting == "version" && isStatus:
			return Status, name, spec.Version(number)
		case setting == "dist-tags" && (method == http.MethodGet || method == http.MethodHead):
			return Tags, name, ""
		case setting == "dist-tags":
			return Tag, name, ""
		}
		return Other, name, ""
	case service == "whoami", strings.HasPrefix(service, "user/"), strings.HasPrefix(service, "v1/login"),
		strings.HasPrefix(service, "v1/done"):
		return Login, "", ""
	}
	return Other, "", ""
}

// numbered reads the version from a tarball's name: p-1.0.0.tgz.
func numbered(name spec.Name, file string) spec.Version {
	number, ok := strings.CutPrefix(path.Base(file), name.Base()+"-")
	number, zipped := strings.CutSuffix(number, ".tgz")
	if !ok || !zipped {
		return ""
	}
	return spec.Version(number)
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }
