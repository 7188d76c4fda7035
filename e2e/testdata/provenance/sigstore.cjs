// Loaded into npm before it starts: it signs by the Fulcio and Rekor that the variables name, for which npm has no setting of its own.
const Module = require('node:module')
const load = Module._load
Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest)
  if (request !== 'sigstore') {
    return loaded
  }
  const at = { fulcioURL: process.env.FACETS_FULCIO_URL, rekorURL: process.env.FACETS_REKOR_URL }
  return { ...loaded, attest: (payload, type, options) => loaded.attest(payload, type, { ...options, ...at }) }
}
