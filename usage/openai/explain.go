package openai

import (
	"net/http"
	"strings"

	"tokpit/usage/internal/pull"
)

// explain says in words what an error answer means for a key of a shape.
func explain(of shape, status int, body []byte) *pull.Error {
	e := pull.Explain(status, nil, body)
	said := pull.Parse(body)
	scope := strings.Contains(e.Message, "issing scopes") || strings.Contains(e.Message, "nsufficient permissions")
	switch {
	case (status == http.StatusUnauthorized || status == http.StatusForbidden) && of == shapeProject:
		e.Message, e.Advice = "this is a project key; an admin key starts with sk-admin-", adviceAdmin
	case status == http.StatusUnauthorized && of == shapeOther:
		e.Message, e.Advice = "the key is not accepted, and does not look like an admin key, which starts with sk-admin-", adviceAdmin
	case status == http.StatusUnauthorized:
		e.Message, e.Advice = "the admin key is not accepted: it is revoked, expired, or not complete", "make a new one at platform.openai.com under Settings, Organization, Admin keys"
	case status == http.StatusForbidden || scope:
		e.Message, e.Advice = "the admin key may not read this", "let an owner of the organization give it the permission to read usage (scope api.usage.read), or make a new one"
	case status == http.StatusNotFound && said == (pull.Said{}):
		e.Message = "there is nothing at this address"
	case said.Code == "insufficient_quota" || said.Type == "insufficient_quota":
		e.Final, e.Message, e.Advice = true, "the organization's quota is used up", "add credit or raise the limit at platform.openai.com under Billing"
	case status == http.StatusTooManyRequests:
		e.Advice = "something else uses this key too, or it was asked too often: try again in a few minutes"
	}
	return e
}

// fatal reports whether an error will meet every other kind too.
func fatal(err error) bool {
	e := pull.AsError(err)
	if e == nil {
		return true // the context ended, a batch was not taken, or there is no key
	}
	switch e.Code {
	case pull.CodeKey, pull.CodeRefused, pull.CodeTLS, pull.CodeUnknownHost, pull.CodeUnreachable:
		return true
	case pull.CodeNotJSON:
		return e.Final // a web page: this is not the API
	case "insufficient_quota":
		return true
	}
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusTooManyRequests
}

// passing reports whether an error is the provider's trouble, and may pass.
func passing(e *pull.Error) bool {
	return e.Status >= 500 || e.Code == pull.CodeTimeout || e.Code == pull.CodeBroken
}
