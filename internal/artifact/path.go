package artifact

import "github.com/agent-facets/facets-reconcile/internal/artifact/packlist"

const maxPath = packlist.MaxPath

func checkPath(p string) error { return packlist.CheckPath(p) }
