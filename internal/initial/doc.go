// Package initial writes a project's first state file from what is there: the packages of its workspace, or an entry that
// is on the registry already. Both give a [Draft], which says what it left out, and writes itself as a commented file:
//
//	draft, err := initial.FromWorkspace(ctx, root, checkout.Checkout{Dir: root})
//	draft, err := initial.FromEntry(ctx, "esbuild", registry, tags)
//	data, err := draft.YAML()
//
// Only the command init calls it. It writes no file and asks no network but through the interfaces that it is given. Start reading at
// [FromWorkspace].
//
// In a workspace platforms are told by their names: those of an entry begin alike and end in an operating system and a processor. On the
// registry their manifests tell, whatever the names: see clustersOf.
package initial
