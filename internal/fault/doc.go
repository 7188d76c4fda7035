// Package fault breaks the requests of a program to a package registry, as it is told. It answers in the registry's place, cuts the
// connection, loses answers, or shows what a broken cache would. It is a plain http.Handler around another one: that of the sandbox, or
// in tests a proxy to a real registry.
//
//	layer := fault.New(fault.Options{Faults: []fault.Fault{{Kind: fault.Lost, Of: "@demo/*", Times: 1}}})
//	handler := layer.Wrap(registry)
//
// There are two sorts of faults. Sudden ones break single requests: the first one that selects a request acts, and the others do not see
// it. Lasting ones change what the registry shows from then on. All of them act, the first one nearest to the client, also on requests
// that a sudden fault passes on.
//
// Bodies of uploads stream through. Only answers to reads are rewritten.
//
// internal/place makes a [Layer] of the flag --fault; tests make their own. It knows the registry's protocol, not the sandbox.
// Start reading at the kinds in kind.go, then at [Layer].
package fault
