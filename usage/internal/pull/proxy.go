package pull

import (
	"errors"
	"net"
	"os"
)

// unusedProxy returns advice if a connection could not be made while the
// environment names a proxy; "" otherwise. What the variable holds is not shown:
// it may have a password.
func unusedProxy(err error) string {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "dial" {
		return ""
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		if os.Getenv(name) != "" {
			return name + " is set, but tokpit does not use proxies yet: a key goes to the named host only; it needs a direct connection"
		}
	}
	return ""
}
