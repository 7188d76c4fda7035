package live

// NewScreenOf returns the screen of a device whose size is told.
func NewScreenOf(d Device, size func() Size) *Screen { return &Screen{device: d, size: size} }
