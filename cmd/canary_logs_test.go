package cmd_test

// plantedLog is what a tool leaves on a machine. Where it says CANARY a person, a
// model or a tool may have said anything; where it says NUMBER and TIME there is a
// count and a time, which a broken copy has texts in.
type plantedLog struct {
	source string
	path   string            // in the home
	text   string            // of a text file
	sql    []string          // that make a database
	beside map[string]string // other files that belong to it
	save   string            // the name that the map of an import gets
	shy    bool              // nothing of it counts
}

// plantedLogs has at least one log of each source that is found by itself.
func plantedLogs() []plantedLog {
	return append(plantedTexts(), plantedDatabases()...)
}

func plantedTexts() []plantedLog {
	return []plantedLog{
		{source: "claude-code", path: ".claude/projects/-work/s1.jsonl", text: `{"type":"summary","summary":"CANARY","leafUuid":"x"}
{"type":"user","sessionId":"s1","cwd":"/work","timestamp":"TIME","message":{"role":"user","content":"CANARY"},"uuid":"u1"}
{"type":"assistant","sessionId":"s1","cwd":"/work","timestamp":"TIME","requestId":"req_1","message":{"id":"msg_01A","model":"claude-opus-4-5","role":"assistant","content":[{"type":"thinking","thinking":"CANARY","signature":"CANARY"},{"type":"text","text":"CANARY"},{"type":"tool_use","id":"t","name":"Bash","input":{"command":"CANARY"}}],"usage":{"input_tokens":NUMBER,"output_tokens":NUMBER,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}}}
{"type":"user","sessionId":"s1","cwd":"/work","timestamp":"TIME","toolUseResult":{"stdout":"CANARY"},"message":{"role":"user","content":[{"type":"tool_result","content":"CANARY"}]}}
`},
		{source: "codex", path: ".codex/sessions/2026/11/18/rollout-2026-11-18T10-00-00-c1.jsonl", text: `{"timestamp":"TIME","type":"session_meta","payload":{"id":"c1","cwd":"/work","base_instructions":{"text":"CANARY"},"instructions":"CANARY","model_provider":"openai"}}
{"timestamp":"TIME","type":"turn_context","payload":{"turn_id":"t1","cwd":"/work","model":"gpt-5","user_instructions":"CANARY"}}
{"timestamp":"TIME","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"CANARY"}]}}
{"timestamp":"TIME","type":"response_item","payload":{"type":"function_call","name":"shell","arguments":"CANARY","call_id":"x"}}
{"timestamp":"TIME","type":"event_msg","payload":{"type":"agent_message","message":"CANARY"}}
{"timestamp":"TIME","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":NUMBER,"cached_input_tokens":0,"output_tokens":NUMBER,"reasoning_output_tokens":0,"total_tokens":18},"last_token_usage":{"input_tokens":NUMBER,"cached_input_tokens":0,"output_tokens":NUMBER,"reasoning_output_tokens":0,"total_tokens":18}}}}
`},
		{source: "gemini-cli", path: ".gemini/tmp/toolbox/chats/session-1.jsonl", text: `{"sessionId":"g1","projectHash":"ab","startTime":"TIME","summary":"CANARY","kind":"main"}
{"id":"a1","timestamp":"TIME","type":"user","content":[{"text":"CANARY"}]}
{"id":"a2","timestamp":"TIME","type":"gemini","content":"CANARY","thoughts":[{"subject":"CANARY","description":"CANARY"}],"toolCalls":[{"name":"x","args":{"q":"CANARY"},"result":"CANARY"}],"tokens":{"input":NUMBER,"output":NUMBER,"cached":0,"thoughts":0,"tool":0,"total":18},"model":"gemini-2.5-pro"}
`, beside: map[string]string{".gemini/tmp/toolbox/logs.json": `[{"type":"user","message":"CANARY"}]`}},
		{source: "opencode", path: ".local/share/opencode/storage/message/ses_a/msg_one.json", text: `{"id":"msg_one","sessionID":"ses_a","role":"assistant","summary":{"title":"CANARY","body":"CANARY"},"system":["CANARY"],"error":{"name":"x","data":{"message":"CANARY"}},"time":{"created":1794996000000,"completed":1794996005000},"modelID":"claude-sonnet-4-5","providerID":"anthropic","path":{"cwd":"/work","root":"/"},"cost":0.5,"tokens":{"input":NUMBER,"output":NUMBER,"reasoning":0,"cache":{"read":0,"write":0}}}
`, beside: map[string]string{".local/share/opencode/storage/part/msg_one/prt_1.json": `{"type":"text","text":"CANARY"}`}},
		{source: "qwen-code", path: ".qwen/projects/-work/chats/q1.jsonl", text: `{"uuid":"01d0","sessionId":"q1","timestamp":"TIME","type":"user","cwd":"/work","message":{"role":"user","parts":[{"text":"CANARY"}]}}
{"uuid":"01d1","sessionId":"q1","timestamp":"TIME","type":"system","subtype":"ui_telemetry","cwd":"/work","systemPayload":{"uiEvent":{"event.name":"qwen-code.api_response","event.timestamp":"TIME","model":"gpt-5","input_token_count":NUMBER,"output_token_count":NUMBER,"total_token_count":18,"prompt_id":"p#0","auth_type":"openai","response_text":"CANARY"}}}
{"uuid":"01d2","sessionId":"q1","timestamp":"TIME","type":"assistant","cwd":"/work","model":"qwen3-coder-plus","message":{"role":"model","parts":[{"text":"CANARY"},{"functionCall":{"args":{"x":"CANARY"}}}]},"usageMetadata":{"promptTokenCount":NUMBER,"candidatesTokenCount":NUMBER,"totalTokenCount":18}}
`, beside: map[string]string{".qwen/usage/token-usage-2026-11.jsonl": `{"schemaVersion":1,"id":"1ed9","timestamp":"TIME","sessionId":"q2","prompt":"CANARY","model":"qwen3-coder-plus","authType":"qwen-oauth","source":"main","inputTokens":NUMBER,"outputTokens":NUMBER,"cachedTokens":0,"thoughtsTokens":0,"totalTokens":18}
`}},
		{source: "copilot-cli", path: ".copilot/session-state/c0p1/events.jsonl", text: `{"type":"session.start","data":{"sessionId":"c0p1","selectedModel":"gpt-5-mini","context":{"cwd":"/work"}},"id":"e1","timestamp":"TIME"}
{"type":"user.message","data":{"content":"CANARY","transformedContent":"CANARY","attachments":["CANARY"]},"id":"e2","timestamp":"TIME"}
{"type":"assistant.message","data":{"messageId":"m1","content":"CANARY","toolRequests":[{"name":"bash","arguments":{"command":"CANARY"}}],"outputTokens":NUMBER},"id":"e3","timestamp":"TIME"}
{"type":"tool.execution_complete","data":{"result":{"content":"CANARY"}},"id":"e4","timestamp":"TIME"}
{"type":"session.shutdown","data":{"reason":"CANARY","modelMetrics":{"gpt-5-mini":{"requests":{"count":3,"cost":1},"usage":{"inputTokens":NUMBER,"outputTokens":NUMBER,"cacheReadTokens":0,"cacheWriteTokens":0}}}},"id":"e7","timestamp":"TIME"}
`, beside: map[string]string{".copilot/otel/o.jsonl": `{"type":"span","traceId":"4a","spanId":"01","name":"chat gpt-5-mini","startTime":[1794996000,0],"endTime":[1794996001,0],"status":{"message":"CANARY"},"attributes":{"gen_ai.operation.name":"chat","gen_ai.input.messages":"CANARY","gen_ai.request.model":"gpt-5-mini","gen_ai.response.id":"resp-1","gen_ai.conversation.id":"0te1","gen_ai.usage.input_tokens":NUMBER,"gen_ai.usage.output_tokens":NUMBER},"resource":{"attributes":{"service.name":"github-copilot"}}}
`}},
		{source: "copilot-chat", path: ".config/Code/User/workspaceStorage/w/chatSessions/j1.jsonl", text: `{"kind":0,"v":{"version":3,"creationDate":1794996000000,"sessionId":"j1","customTitle":"CANARY","requests":[{"requestId":"r0","timestamp":1794996001000,"modelId":"copilot/gpt-5","message":{"text":"CANARY"},"response":[{"value":"CANARY"}]}]}}
{"kind":2,"k":["requests",0,"response"],"v":[{"value":"CANARY"}]}
{"kind":1,"k":["requests",0,"promptTokens"],"v":NUMBER}
{"kind":1,"k":["requests",0,"completionTokens"],"v":NUMBER}
{"kind":1,"k":["customTitle"],"v":"CANARY"}
{"kind":1,"k":["inputState","inputText"],"v":"CANARY"}
`},
		{source: "pi", path: ".pi/agent/sessions/--work--/s.jsonl", text: `{"type":"session","version":3,"id":"9a11","timestamp":"TIME","cwd":"/work"}
{"type":"message","id":"a1","timestamp":"TIME","message":{"role":"user","content":[{"type":"text","text":"CANARY"}],"timestamp":1794996001000}}
{"type":"message","id":"a2","timestamp":"TIME","message":{"role":"assistant","errorMessage":"CANARY","content":[{"type":"text","text":"CANARY"},{"type":"toolCall","arguments":{"x":"CANARY"}}],"provider":"anthropic","model":"claude-sonnet-4-5","usage":{"input":NUMBER,"output":NUMBER,"cacheRead":0,"cacheWrite":0,"totalTokens":18,"cost":{"total":0.5}},"timestamp":1794996002000,"responseId":"msg_1"}}
{"type":"compaction","id":"a3","timestamp":"TIME","summary":"CANARY"}
`},
		{source: "kimi", path: ".kimi/sessions/abc/5e55/wire.jsonl", text: `{"type":"metadata","protocol_version":"1.3"}
{"timestamp":1794996000.5,"message":{"type":"TurnBegin","payload":{"user_input":"CANARY"}}}
{"timestamp":1794996001.5,"message":{"type":"ContentPart","payload":{"type":"text","text":"CANARY"}}}
{"timestamp":1794996001.7,"message":{"type":"ToolCall","payload":{"function":{"arguments":"CANARY"}}}}
{"timestamp":1794996002.5,"message":{"type":"StatusUpdate","payload":{"token_usage":{"input_other":NUMBER,"output":NUMBER,"input_cache_read":0,"input_cache_creation":0},"message_id":"m-1"}}}
`, beside: map[string]string{".kimi/sessions/abc/5e55/context.jsonl": `{"role":"user","content":"CANARY"}` + "\n"}},
		{source: "kimi", path: ".kimi-code/sessions/wd_x/session_1/agents/main/wire.jsonl", text: `{"type":"metadata","protocol_version":"1.4","created_at":1794996000000}
{"type":"turn.prompt","input":[{"type":"text","text":"CANARY"}],"time":1794996000500}
{"type":"usage.record","model":"moonshot-ai/kimi-k2","usage":{"inputOther":NUMBER,"output":NUMBER,"inputCacheRead":0,"inputCacheCreation":0},"usageScope":"turn","time":1794996001000}
`},
		{source: "amp", path: ".local/share/amp/threads/T-0001.json", text: `{"v":12,"id":"T-0001","created":1794996000000,"title":"CANARY","draft":"CANARY",
"messages":[{"role":"user","messageId":0,"content":[{"type":"text","text":"CANARY"}],"meta":{"sentAt":1794996000000}},
{"role":"assistant","messageId":1,"content":[{"type":"text","text":"CANARY"},{"type":"tool_use","input":{"cmd":"CANARY"}}],"usage":{"model":"claude-haiku-4-5","inputTokens":NUMBER,"outputTokens":NUMBER,"timestamp":"TIME"}}]}
`},
		{source: "droid", path: ".factory/sessions/-work/d1.settings.json", text: `{"model":"claude-opus-4-5","note":"CANARY","providerLock":"anthropic","providerLockTimestamp":"TIME","tokenUsage":{"inputTokens":NUMBER,"outputTokens":NUMBER}}
`, beside: map[string]string{".factory/sessions/-work/d1.jsonl": `{"type":"session_start","id":"d1","title":"CANARY","sessionTitle":"CANARY","cwd":"/work"}
{"type":"message","id":"m1","timestamp":"TIME","message":{"role":"user","content":[{"type":"text","text":"CANARY"}]}}
{"type":"todo_state","todos":["CANARY"]}
`}},
		{source: "aider", path: ".aider/analytics.jsonl", text: `{"event":"launched","properties":{"note":"CANARY"},"user_id":"CANARY","time":1794996000}
{"event":"message_send","properties":{"main_model":"openai/gpt-5.2","edit_format":"diff","prompt":"CANARY","prompt_tokens":NUMBER,"completion_tokens":NUMBER,"total_tokens":18,"cost":0.0125,"total_cost":0.0125},"user_id":"CANARY","time":1794996005}
{"event":"exit","properties":{"reason":"CANARY"},"user_id":"CANARY","time":1794996006}
`, beside: map[string]string{".aider.chat.history.md": "#### CANARY\n"}},
	}
}

func plantedDatabases() []plantedLog {
	return []plantedLog{
		{source: "opencode", path: ".local/share/opencode/opencode.db", sql: []string{
			"CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT NOT NULL, title TEXT)", "INSERT INTO session VALUES ('ses_b', NULL, '/work', 'CANARY')",
			"CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT NOT NULL, time_created INTEGER, time_updated INTEGER, data TEXT NOT NULL)",
			"CREATE TABLE part (id TEXT, message_id TEXT, data TEXT)", `INSERT INTO part VALUES ('p', 'msg_two', '{"text":"CANARY"}')`,
			`INSERT INTO message VALUES ('msg_two', 'ses_b', 1794996000000, 1794996000000, '{"role":"assistant","summary":"CANARY","error":"CANARY","time":{"created":1794996000000,"completed":1794996005000},"modelID":"gpt-5","providerID":"openai","tokens":{"input":NUMBER,"output":NUMBER,"reasoning":0,"cache":{"read":0,"write":0}}}')`}},
		{source: "goose", path: ".local/share/goose/sessions/sessions.db", sql: []string{
			"CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT, description TEXT, working_dir TEXT, updated_at TIMESTAMP, accumulated_total_tokens INTEGER, accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER, provider_name TEXT, model_config_json TEXT, recipe_json TEXT)",
			`INSERT INTO sessions VALUES ('s1', 'CANARY', 'CANARY', '/work', 'TIME', 18, NUMBER, NUMBER, 'anthropic', '{"model_name":"claude-sonnet-4-5","toolshim_model":"CANARY"}', 'CANARY')`,
			"CREATE TABLE messages (session_id TEXT, content_json TEXT)", "INSERT INTO messages VALUES ('s1', 'CANARY')"}},
		{source: "crush", path: ".local/share/crush/crush.db", sql: []string{
			"CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, title TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, cost REAL, updated_at INTEGER)",
			"INSERT INTO sessions VALUES ('root', NULL, 'CANARY', NUMBER, NUMBER, 0.25, 1794996000)",
			"CREATE TABLE messages (session_id TEXT, role TEXT, parts TEXT, model TEXT, provider TEXT, created_at INTEGER)",
			"INSERT INTO messages VALUES ('root', 'user', 'CANARY', NULL, NULL, 1), ('root', 'assistant', 'CANARY', 'claude-sonnet-4-5', 'anthropic', 2)",
			"CREATE TABLE files (content TEXT)", "INSERT INTO files VALUES ('CANARY')"}},
		{source: "llm", path: ".config/io.datasette.llm/logs.db", sql: []string{
			"CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, resolved_model TEXT, prompt TEXT, system TEXT, response TEXT, prompt_json TEXT, response_json TEXT, conversation_id TEXT, input_tokens INTEGER, output_tokens INTEGER, token_details TEXT, datetime_utc TEXT)",
			`INSERT INTO responses VALUES ('r1', 'gpt-4o', NULL, 'CANARY', 'CANARY', 'CANARY', 'CANARY', 'CANARY', 'c', NUMBER, NUMBER, '{"x":"CANARY"}', 'TIME')`,
			"CREATE TABLE conversations (id TEXT, name TEXT, model TEXT)", "INSERT INTO conversations VALUES ('c', 'CANARY', 'gpt-4o')"}},
		{source: "zed", path: ".local/share/zed/threads/threads.db", sql: []string{
			"CREATE TABLE threads (id TEXT PRIMARY KEY, summary TEXT NOT NULL, updated_at TEXT NOT NULL, data_type TEXT NOT NULL, data BLOB NOT NULL)",
			`INSERT INTO threads VALUES ('z1', 'CANARY', 'TIME', 'json', CAST('{"version":"0.3.0","title":"CANARY","summary":"CANARY","messages":[{"User":{"id":"u1","content":[{"Text":"CANARY"}]}},{"Agent":{"content":[{"Text":"CANARY"},{"ToolUse":{"input":{"q":"CANARY"}}}]}}],"request_token_usage":{"u1":{"input_tokens":NUMBER,"output_tokens":NUMBER}},"cumulative_token_usage":{"input_tokens":NUMBER,"output_tokens":NUMBER},"model":{"provider":"anthropic","model":"claude-sonnet-4-5"}}' AS BLOB))`}},
		{source: "copilot-cli", path: ".copilot/session-store.db", sql: []string{
			"CREATE TABLE sessions (id TEXT, cwd TEXT, summary TEXT)", "INSERT INTO sessions VALUES ('s', '/work', 'CANARY')", "CREATE TABLE turns (session_id TEXT, user_message TEXT)", "INSERT INTO turns VALUES ('s', 'CANARY')",
			"CREATE TABLE assistant_usage_events (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, turn_index INTEGER, model TEXT, input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER, reasoning_tokens INTEGER, total_nano_aiu INTEGER, created_at TEXT)",
			"INSERT INTO assistant_usage_events VALUES (1, 's', 0, 'gpt-5', NUMBER, NUMBER, 0, 0, 0, 0, 'TIME')"}},
		{source: "copilot-chat", path: ".config/Code - Insiders/User/globalStorage/github.copilot-chat/agent-traces.db", sql: []string{
			"CREATE TABLE spans (span_id TEXT PRIMARY KEY, trace_id TEXT NOT NULL, name TEXT NOT NULL, start_time_ms INTEGER NOT NULL, end_time_ms INTEGER NOT NULL, operation_name TEXT, provider_name TEXT, agent_name TEXT, conversation_id TEXT, request_model TEXT, response_model TEXT, input_tokens INTEGER, output_tokens INTEGER, cached_tokens INTEGER, reasoning_tokens INTEGER, chat_session_id TEXT, input_messages TEXT)",
			"INSERT INTO spans VALUES ('1', 't', 'CANARY', 1794996000000, 1794996000000, 'chat', 'github', 'a', 's', 'gpt-5', 'gpt-5', NUMBER, NUMBER, 0, 0, NULL, 'CANARY')"}},
	}
}

// plantedImports has at least one file of each form.
func plantedImports() []plantedLog {
	return []plantedLog{
		{source: "columns", path: "cursor.csv", text: `Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost,Prompt
"TIME","ann","Included","gpt-5","No","0","NUMBER","0","NUMBER","18","0.19","CANARY"
"2026-11-18T11:00:00.000Z","ann","Included","gpt-5","No","0","9","0","9","18","0.19","CANARY"
`},
		{source: "columns", path: "rows.csv", save: "rows", text: `timestamp,provider,model,input_tokens,output_tokens,user,prompt,response
TIME,openai,gpt-5,NUMBER,NUMBER,ann,"CANARY","CANARY"
2026-11-18T11:00:00Z,openai,gpt-5,9,9,ann,"CANARY","CANARY"
`},
		{source: "columns", path: "rows.jsonl", save: "lines", text: `{"timestamp":"TIME","provider":"openai","model":"gpt-5","input_tokens":NUMBER,"output_tokens":NUMBER,"prompt":"CANARY","response":"CANARY"}
{"timestamp":"2026-11-18T11:00:00Z","provider":"openai","model":"gpt-5","input_tokens":9,"output_tokens":9,"prompt":"CANARY","response":"CANARY"}
`},
		{source: "columns", path: "nameless.csv", shy: true, text: `TIME,openai,gpt-5,NUMBER,NUMBER,ann,wordscanary7t3k,"CANARY"
2026-11-18T11:00:00Z,openai,gpt-5,9,9,ann,"CANARY","CANARY"
`},
		{source: "focus", path: "bill.csv", text: `BilledCost,BillingCurrency,BillingAccountId,BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,ChargeDescription,ServiceName,ProviderName,ChargeCategory,x_Notes
NUMBER,USD,acme,2026-11-01T00:00:00Z,TIME,2026-11-19T00:00:00Z,input tokens,Amazon Bedrock,AWS,Usage,CANARY
0.5,USD,acme,2026-11-01T00:00:00Z,2026-11-18T00:00:00Z,2026-11-19T00:00:00Z,output tokens,Amazon Bedrock,AWS,Usage,CANARY
`},
		{source: "bedrock", path: "invocations.jsonl", text: `{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"TIME","accountId":"111122223333","requestId":"6a2f3c1e-0000-4000-8000-000000000001","operation":"Converse","modelId":"amazon.nova-pro-v1:0","input":{"inputBodyJson":{"messages":[{"role":"user","content":[{"text":"CANARY"}]}]},"inputTokenCount":NUMBER},"output":{"outputBodyJson":{"output":"CANARY"},"outputTokenCount":NUMBER}}
{"schemaType":"ModelInvocationLog","timestamp":"2026-11-18T11:00:00Z","accountId":"111122223333","requestId":"6a2f3c1e-0000-4000-8000-000000000002","modelId":"amazon.nova-pro-v1:0","input":{"inputTokenCount":9,"inputBodyS3Path":"s3://CANARY"},"output":{"outputTokenCount":9,"outputBodyJson":"CANARY"}}
`},
		{source: "api-log", path: "answers.jsonl", text: `{"timestamp":"TIME","request":{"headers":{"Authorization":"Bearer CANARY"},"body":{"model":"claude-sonnet-4","messages":[{"content":"CANARY"}]}},"response":{"id":"msg_01AAAAAAAAAAAAAAAAAAAAAA","type":"message","model":"claude-sonnet-4","content":[{"text":"CANARY"}],"usage":{"input_tokens":NUMBER,"output_tokens":NUMBER}}}
{"id":"chatcmpl-AAAAAAAAAAAAAAAAAAAA","object":"chat.completion","created":1794996000,"model":"gpt-5","choices":[{"message":{"content":"CANARY","tool_calls":[{"function":{"arguments":"CANARY"}}]}}],"usage":{"prompt_tokens":NUMBER,"completion_tokens":NUMBER,"total_tokens":18}}
{"id":"chatcmpl-BBBBBBBBBBBBBBBBBBBB","object":"chat.completion","created":1794996000,"model":"gpt-5","choices":[{"message":{"content":"CANARY"}}],"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18}}
{"error":{"message":"CANARY","type":"insufficient_quota"}}
`},
		{source: "otel", path: "spans.jsonl", text: `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t1","spanId":"s2","name":"chat gpt-5","status":{"message":"CANARY"},"events":[{"name":"gen_ai.content.prompt","attributes":[{"key":"gen_ai.prompt","value":{"stringValue":"CANARY"}}]}],"startTimeUnixNano":"1794996000000000000","endTimeUnixNano":"1794996001500000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":NUMBER}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":NUMBER}},{"key":"gen_ai.input.messages","value":{"stringValue":"CANARY"}}]},{"traceId":"t2","spanId":"s3","name":"chat gpt-5","endTimeUnixNano":"1794996001500000000","attributes":[{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":9}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":9}},{"key":"gen_ai.output.messages","value":{"stringValue":"CANARY"}}]}]}]}]}
{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1794996001000000000","body":{"stringValue":"CANARY"},"attributes":[{"key":"gen_ai.usage.input_tokens","value":{"intValue":"9"}}]}]}]}]}
`},
	}
}
