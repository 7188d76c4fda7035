// Serves Verdaccio on a port that the system chooses, and prints its address. Its own command line takes fixed ports only.
const { runServer } = require('verdaccio')

runServer(process.argv[2]).then((server) => {
  server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
})
