// Package npm speaks an npm registry's protocol: reading what is public, publishing, exchanging a CI's ID token for a
// publish token, trusted publishers, dist-tags, and the second factor that a human is asked for.
//
// Three rules shape it:
//
//   - An answer means what it surely means. An error wraps one of package spec's sentinels when the registry was clear,
//     and none of them when the question stays open: a 5xx or a timeout is never an absence.
//   - A publish is sent once. It is sent again only where the registry surely did nothing: it was told to slow down, or
//     no byte of the body had left. After any other doubt the error wraps [spec.ErrDoubtful], and reading back decides.
//   - A token goes to the registry's own origin only, over TLS unless that is this machine, and into no message.
package npm
