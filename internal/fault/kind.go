package fault

import (
	"maps"
	"slices"
)

// Kind is a way of going wrong. Its text is what Parse reads.
type Kind string

// These kinds answer in the registry's place: the request never reaches it. They read the body of an upload first. But 429, 503,
// forbidden and the redirects answer without it where the client asks before it sends (Expect: 100-continue).
const (
	InternalError   Kind = "500"
	BadGateway      Kind = "502"
	Unavailable     Kind = "503"
	GatewayTimeout  Kind = "504"
	RequestTimeout  Kind = "408"
	TooManyRequests Kind = "429"
	HTML            Kind = "html"
	Forbidden       Kind = "forbidden"
	Garbage         Kind = "garbage"
	Empty           Kind = "empty"
	Flood           Kind = "flood"
	Hang            Kind = "hang"
	RedirectLoop    Kind = "redirect-loop"
	RedirectAway    Kind = "redirect-away"
)

// These kinds act on the connection. Those whose name begins with reset end it with a TCP reset, the others as if the peer had closed it.
const (
	ResetBefore   Kind = "reset-before"
	ResetDuring   Kind = "reset-during"
	ResetAfter    Kind = "reset-after"
	Truncated     Kind = "truncated"
	Slow          Kind = "slow"
	Lost          Kind = "lost"
	Lost5xx       Kind = "lost-5xx"
	AcceptedAs409 Kind = "accepted-as-409"
)

// These kinds last: they change what the registry shows.
const (
	Stale          Kind = "stale"
	Stale404       Kind = "stale-404"
	Manifest404    Kind = "manifest-404"
	Tarball404     Kind = "tarball-404"
	TagLag         Kind = "tag-lag"
	NeverServed    Kind = "never-served"
	WrongIntegrity Kind = "wrong-integrity"
	WrongBytes     Kind = "wrong-bytes"
)

// nature is what has to be known about a kind. One of sudden and lasting is set.
type nature struct {
	line    string      // for people
	on      []Operation // the operations that it breaks unless the fault names others
	sudden  action
	lasting func(*rule) effect
}

func natures() map[Kind]nature {
	everything, uploads := registryOperations(), []Operation{Publish, Stage}
	shown, reads := []Operation{Tags, Manifest, Packument}, []Operation{Tags, Manifest, Packument, Tarball}
	return map[Kind]nature{
		InternalError:   {"answers 500 with a message in JSON", everything, status(500), nil},
		BadGateway:      {"answers 502 with a message in JSON", everything, status(502), nil},
		Unavailable:     {"answers 503, with Retry-After as told by retry-after=", everything, busy(503), nil},
		GatewayTimeout:  {"answers 504 with a message in JSON", everything, status(504), nil},
		RequestTimeout:  {"answers 408 with a message in JSON", everything, status(408), nil},
		TooManyRequests: {"answers 429, with Retry-After as told by retry-after=", everything, busy(429), nil},
		HTML:            {"answers 502 with an HTML page, as CDNs do", everything, page, nil},
		Forbidden:       {"answers 403 with a message that holds terminal control sequences", everything, forbid, nil},
		Garbage:         {"answers 200 with bytes that are no JSON", reads, garbage, nil},
		Empty:           {"answers 200 with {}", shown, empty, nil},
		Flood:           {"answers 200 with a body of bytes= bytes (1 GiB) that looks like JSON", reads, flood, nil},
		Hang:            {"takes the request and never answers", reads, hang, nil},
		RedirectLoop:    {"redirects to the same address", reads, redirectBack, nil},
		RedirectAway:    {"redirects to another origin: to=URL, or a closed port of this machine", reads, redirectAway, nil},

		ResetBefore: {"resets the connection before the body is read", everything, resetBefore, nil},
		ResetDuring: {"resets it during the body (after bytes=, or half), or during the answer where there is no body", everything,
			resetDuring, nil},
		ResetAfter:    {"resets it when all is read, and passes nothing on", everything, resetAfter, nil},
		Truncated:     {"cuts the answer off (after bytes=, or half) although Content-Length says more", reads, truncate, nil},
		Slow:          {"lets the answer through byte by byte (after bytes=)", reads, slow, nil},
		Lost:          {"passes the request on, drops the answer and cuts the connection", uploads, lose, nil},
		Lost5xx:       {"passes the request on, and answers 502", uploads, loseTo502, nil},
		AcceptedAs409: {"passes the request on; if it is accepted, answers 409, as npm does during the scan", uploads, deny, nil},

		Stale:    {"a broken cache: it repeats the first answer of each address, for=", shown, nil, newStale},
		Stale404: {"a broken cache: it repeats the 404 of each address, for=", reads, nil, newStale404},
		Manifest404: {"manifest and packument hide a version whose tarball is there, for=", []Operation{Manifest, Packument}, nil,
			newHidden},
		Tarball404: {"the tarball of a version is missing, for=", []Operation{Tarball}, nil, newMissingTarball},
		TagLag: {"dist-tags keep the values that were shown first; with for=, changes show that much later", []Operation{Tags, Packument}, nil,
			newTagLag},
		NeverServed: {"versions accepted from now on are not shown, for=", slices.Concat(reads, []Operation{Publish, Status}), nil,
			newNeverServed},
		WrongIntegrity: {"manifests and packument show the sha512 of something else", []Operation{Manifest, Packument}, nil,
			newWrongIntegrity},
		WrongBytes: {"tarballs differ in one byte (the one after bytes=)", []Operation{Tarball}, nil, newWrongBytes},
	}
}

// Kinds returns all kinds, sorted.
func Kinds() []Kind { return slices.Sorted(maps.Keys(natures())) }

// Describe tells in one line what the kind does.
func (k Kind) Describe() string { return natures()[k].line }
