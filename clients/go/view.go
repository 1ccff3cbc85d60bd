package midstream

// A View gets what a Reader reports, in the goroutine that calls Run.
type View interface {
	Changed(message *Message) // it is new or has changed
	Removed(ids []string)     // these were removed; no ids: all of them, and the last page follows
	Asked(id, reply string)   // the server has stored the question; reply is empty until its answer begins
	InStep()                  // the reader holds everything that the server has
}

// BaseView does nothing. Embed it, and override the methods that you need.
type BaseView struct{}

// Changed does nothing.
func (BaseView) Changed(*Message) {}

// Removed does nothing.
func (BaseView) Removed([]string) {}

// Asked does nothing.
func (BaseView) Asked(string, string) {}

// InStep does nothing.
func (BaseView) InStep() {}
