package columns

import "strings"

// role is what a column can be.
type role string

const (
	roleTime role = "time"
	roleEnd  role = "end"

	roleInput     role = "input"
	roleUncached  role = "uncached input"
	roleCacheRead role = "cache read"
	roleCacheWr5  role = "cache write"
	roleCacheWr1  role = "cache write 1h"
	roleOutput    role = "output"
	roleReasoning role = "reasoning"
	roleTotal     role = "total"
)

// synonyms are the names that exports give a column, best first: those of
// OpenTelemetry, OpenAI, Anthropic, LiteLLM, Helicone, Langfuse, Portkey, bills and
// spreadsheets, then German ones. Only letters and digits count. A name with a "~" is likely, not sure.
func synonyms() map[role][]string {
	return map[role][]string{
		roleTime: {"timestamp", "starttime", "startedat", "requestcreatedat", "createdat", "datetime", "eventtime", "requesttime", "requesttimestamp",
			"date", "day", "time", "usagedate", "starttimeiso", "usagestart", "usagestarttime", "chargeperiodstart", "intervalstart", "startdate", "~start", "~created", "~ts", "~hour", "~period", "datum", "zeitstempel", "zeitpunkt"},
		roleEnd: {"endtime", "endedat", "bucketend", "usageend", "usageendtime", "chargeperiodend", "intervalend", "~end"},

		roleInput: {"genaiusageinputtokens", "inputtokens", "prompttokens", "tokensprompt", "tokensinput", "tokensin", "inputtokencount", "prompttokencount", "nprompttokens",
			"requesttokens", "requnits", "reqtokens", "usageprompttokens", "usageinputtokens", "usagedetailsinput", "usageinput", "inputusage", "prompttokensused", "~prompt", "~input", "~tokensread", "~in", "eingabetoken", "eingabetokens", "inputtoken"},
		roleUncached: {"inputuncachedtokens", "uncachedinputtokens", "inputtokensuncached", "noncachedinputtokens", "inputwocachewrite", "uncachedinput", "uncachedtokens"},
		roleCacheRead: {"genaiusagecachereadinputtokens", "cachereadinputtokens", "cachereadtokens", "cachedtokens", "cachedinputtokens", "inputcachedtokens", "promptcachereadtokens",
			"tokenscached", "prompttokensdetailscachedtokens", "usageprompttokensdetailscachedtokens", "usagecachereadinputtokens", "usagedetailsinputcachereadtokens", "usagedetailscachereadinputtokens",
			"cachedprompttokens", "cacheread", "cachereadinputtokencount", "cachehittokens", "promptcachehittokens", "~cached", "~cachehits"},
		roleCacheWr5: {"genaiusagecachecreationinputtokens", "genaiusagecachewriteinputtokens", "cachecreationinputtokens", "cachewriteinputtokens", "cachewritetokens", "cachecreationtokens",
			"promptcachewritetokens", "usagecachecreationinputtokens", "inputwcachewrite", "cachewrite", "cachewrite5m", "cachewrite5mtokens", "ephemeral5minputtokens", "cachewriteinputtokencount", "cachecreation"},
		roleCacheWr1: {"cachewrite1h", "cachewrite1htokens", "ephemeral1hinputtokens", "cachecreationephemeral1hinputtokens"},
		roleOutput: {"genaiusageoutputtokens", "outputtokens", "completiontokens", "tokenscompletion", "tokensoutput", "tokensout", "outputtokencount", "completiontokencount", "ngeneratedtokens",
			"responsetokens", "resunits", "restokens", "usagecompletiontokens", "usageoutputtokens", "usagedetailsoutput", "usageoutput", "outputusage", "generatedtokens", "~completion", "~output", "~out", "ausgabetoken", "ausgabetokens", "outputtoken"},
		roleReasoning: {"genaiusagereasoningoutputtokens", "reasoningtokens", "tokensreasoning", "outputreasoningtokens", "reasoningoutputtokens", "completiontokensdetailsreasoningtokens",
			"usagecompletiontokensdetailsreasoningtokens", "thinkingtokens", "thoughtstokens", "~reasoning", "~thoughts"},
		roleTotal: {"totaltokens", "tokenstotal", "totaltokencount", "usagetotaltokens", "usagetotal", "totalusage", "usagedetailstotal", "tokens", "~total", "gesamttoken", "gesamttokens", "tokengesamt"},

		"model": {"genairesponsemodel", "model", "modelname", "modelid", "aimodel", "providedmodelname", "responsemodel", "modelpermaslug", "llmmodel", "genairequestmodel", "requestmodel",
			"modelversion", "propertiesmainmodel", "mainmodel", "modelslug", "~engine", "~deployment", "~llm", "modell", "modellname"},
		"provider": {"genaiprovidername", "genaisystem", "provider", "providername", "llmprovider", "customllmprovider", "vendor", "aiprovider", "aiorg", "~platform"},
		"requests": {"requests", "requestcount", "nummodelrequests", "numrequests", "apirequests", "calls", "callcount", "nrequests", "~count", "~invocations", "anfragen", "aufrufe"},
		"amount": {"cost", "costusd", "totalcost", "costtotal", "spend", "amount", "amountvalue", "price", "usagecost", "costdetailstotal", "calculatedtotalcost", "billedcost", "costinusd",
			"totalcostusd", "spendusd", "charge", "~usage", "~usd", "~fee", "costeur", "spendeur", "amounteur", "kosten", "kosteneur", "betrag", "betrageur"},
		"currency":     {"currency", "amountcurrency", "billingcurrency", "currencycode"},
		"user":         {"user", "userid", "useremail", "email", "username", "enduser", "requestuserid", "enduserid", "actor", "member", "~owner", "benutzer", "nutzer"},
		"project":      {"project", "projectid", "projectname", "workspace", "workspaceid", "app", "appname", "application", "team", "teamid", "teamalias", "projekt"},
		"key":          {"apikey", "apikeyid", "apikeyname", "keyname", "keyalias", "virtualkey", "apikeyalias", "keyid"},
		"session":      {"genaiconversationid", "sessionid", "conversationid", "session", "threadid", "traceid", "chatid"},
		"organization": {"organization", "organizationid", "organizationname", "orgid", "org", "orgname", "companyname"},
		"environment":  {"environment", "env", "deploymentenvironment", "stage"},
		"tier":         {"servicetier", "tier"},
		"region":       {"region", "location", "awsregion"},
		"agent":        {"agent", "agentname", "genaiagentname", "clientname"},
		"id":           {"genairesponseid", "requestid", "responseid", "generationid", "completionid", "messageid", "callid", "invocationid", "~id", "~uuid"},
		"batch":        {"batch", "isbatch"},
		"account":      {"account", "accountid", "accountname", "subaccountid", "billingaccountid"},
	}
}

// plainName keeps letters and digits, in lower case.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// callName says how good a name is for a role: 0 is none, higher is better, and
// sure is set unless the name is only likely.
func callName(names []string, column string) (score int, sure bool) {
	plain := plainName(column)
	last := plain
	if i := strings.LastIndexByte(column, '.'); i >= 0 {
		last = plainName(column[i+1:])
	}
	for i, name := range names {
		bare, likely := strings.CutPrefix(name, "~")
		if plain == bare {
			return 1000 - i, !likely
		}
		if last == bare && !likely {
			score = max(score, 500-i)
		}
	}
	return score, score > 0
}
