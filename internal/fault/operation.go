package fault

import (
	"net/http"
	"path"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Operation is what a request is for.
type Operation string

// The operations of a registry. Other is everything else, such as the requests to GitHub and CircleCI.
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
	Certify   Operation = "certify"  // Fulcio, for provenance
	Record    Operation = "record"   // Rekor, the log of provenance
	Other     Operation = "other"

	// These belong to staged publishing. Only the address of Stage names a package; the others have the ID of what is staged, or nothing.
	Stage        Operation = "stage"  // sending a version for approval
	Stages       Operation = "stages" // listing what waits for approval, and reading one
	StageTarball Operation = "stage-tarball"
	Approve      Operation = "approve"
	Reject       Operation = "reject"
)

func registryOperations() []Operation {
	return []Operation{
		Tags, Manifest, Packument, Tarball, Publish, Tag, Exchange, Trust, Status, Login, Stage, Stages, StageTarball, Approve, Reject,
	}
}

// Operations returns all operations.
func Operations() []Operation { return append(registryOperations(), Certify, Record, Other) }

// Describe tells what a request is for, and the package and version in its address. A publish has no version there; a manifest may be
// asked for by a dist-tag, which then takes the version's place.
func Describe(r *http.Request) (Operation, spec.Name, spec.Version) {
	address := strings.TrimPrefix(r.URL.Path, "/")
	service, isService := strings.CutPrefix(address, "-/")
	switch {
	case isService:
		return describeService(r.Method, service)
	case strings.HasPrefix(address, "auth/cli/"):
		return Login, "", ""
	case strings.HasPrefix(address, "sigstore/fulcio/"):
		return Certify, "", ""
	case strings.HasPrefix(address, "sigstore/rekor/"):
		return Record, "", ""
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

// describeService is Describe for addresses below /-/.
func describeService(method, service string) (Operation, spec.Name, spec.Version) {
	settings, isPackage := strings.CutPrefix(service, "package/")
	exchange, isExchange := strings.CutPrefix(service, "npm/v1/oidc/token/exchange/package/")
	stage, isStage := strings.CutPrefix(service, "stage")
	switch {
	case isStage && (stage == "" || stage[0] == '/'):
		return describeStage(method, strings.TrimPrefix(stage, "/"))
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

// describeStage is Describe for addresses below /-/stage.
func describeStage(method, rest string) (Operation, spec.Name, spec.Version) {
	name, isUpload := strings.CutPrefix(rest, "package/")
	_, what, _ := strings.Cut(rest, "/")
	reads := method == http.MethodGet || method == http.MethodHead
	switch {
	case isUpload && method == http.MethodPost:
		return Stage, spec.Name(name), ""
	case isUpload:
	case what == "" && reads:
		return Stages, "", ""
	case what == "" && method == http.MethodDelete:
		return Reject, "", ""
	case what == "tarball" && reads:
		return StageTarball, "", ""
	case what == "approve" && method == http.MethodPost:
		return Approve, "", ""
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
