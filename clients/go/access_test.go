package midstream

import (
	"fmt"
	"strings"
	"testing"
)

func TestAccessDoesNotShowItsToken(t *testing.T) {
	access := Access{"http://127.0.0.1:5000", "midstream_secret"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if shown := fmt.Sprintf(verb, access); strings.Contains(shown, access.Token) {
			t.Errorf("%s shows %s", verb, shown)
		}
	}
}
