package midstream

// A View is told of what a Reader sees, in the goroutine that calls Run.
type View interface {
	Changed(message *Message) // it is new, or another than before
	Removed(ids []string)     // these are gone; none named: all, and what is there comes anew
	Asked(id, reply string)   // the server has the question; reply is empty until its answer begins
	InStep()                  // all is there that the server has
}

// BaseView does nothing; have your own view embed it and do something.
type BaseView struct{}

// Changed does nothing.
func (BaseView) Changed(*Message) {}

// Removed does nothing.
func (BaseView) Removed([]string) {}

// Asked does nothing.
func (BaseView) Asked(string, string) {}

// InStep does nothing.
func (BaseView) InStep() {}
