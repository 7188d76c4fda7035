package doctor

// Calling says how commands have to be written for the reader to run them.
type Calling struct {
	Flags   string // that this program's commands have to repeat: " --registry https://registry.example.test/"
	Login   string // that npm's commands need: " --registry …"; empty where npm is configured for the registry
	Sandbox bool   // the reader has all credentials, and npm knows nothing of the registry
}

// command returns a command of this program.
func (c Calling) command(text string) string { return "facets-reconcile " + text + c.Flags }

// asHuman returns a command of this program that takes a human's session.
func (c Calling) asHuman(text string) string {
	if c.Sandbox {
		return c.command(text)
	}
	return c.npm("login") + ", then " + c.command(text)
}

// logIn adds to an advice how to log in, unless the reader is logged in already.
func (c Calling) logIn(advice string) string {
	if c.Sandbox {
		return advice
	}
	return advice + ": " + c.npm("login")
}

// npm returns a command of npm.
func (c Calling) npm(text string) string { return "npm " + text + c.Login }

func (c Calling) seed() string {
	return "a human takes the name and sets the trusted publisher: " + c.asHuman("apply --only seed,trust")
}

func (c Calling) trust() string { return "a human sets it: " + c.asHuman("apply --only trust") }
