// Package fault breaks what goes between a program and a package registry, as told: it answers in the registry's place, cuts
// the line, loses answers, and shows what an ill cache would. It is a plain http.Handler around another one: the
// sandbox's, or in tests a proxy's to a real registry.
//
//	layer := fault.New(fault.Options{Faults: []fault.Fault{{Kind: fault.Lost, Of: "@demo/*", Times: 1}}})
//	handler := layer.Wrap(registry)
//
// Faults come in two sorts. Sudden ones break single requests: of those that concern a request the first acts, in the order
// given, and the others do not see it. Lasting ones change what the registry shows from then on; all of them act, the first
// given nearest to the client, and also on requests that a sudden one hands on.
//
// Bodies of uploads stream through. Nothing is rewritten but answers to reads.
//
// internal/place makes a [Layer] of the flag --fault; tests make their own. It knows the registry's protocol, not the sandbox.
// Start reading at the kinds in kind.go, then at [Layer].
package fault
