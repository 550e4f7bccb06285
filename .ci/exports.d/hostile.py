"""Writes a log of an agent whose models and folders have names that a
spreadsheet would run or change: hostile.py CLAUDE_CONFIG_DIR."""
import json, os, sys

NAMES = [
    "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://example.com\";\"x\")", "+1+1", "-2+3", "@SUM(1,1)", "\t=1+1", "\r=1+1", "\n=1+1",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "\"quoted\", with; separators", "\u202egpj.exe", "\u2066hidden\u2069", "00123", "1E5", "MAR1",
    "1-Sep", "1,000.5", "1.000,5", "12:30", "50%", "$5", "true", "FALSE", "'apostrophe", " =1+1", "\u00a0=1+1", "\u3000=1+1", "two\nlines\r\nand three",
    "2026-11-20", "tab\tinside", "ends with a space ", "<b>&amp;</b>", "|pipe|", "=", "+", "-", "@", "long " + "x" * 30000, "gpt-5.2", "claude-sonnet-4-6",
]

def main(home):
    folder = os.path.join(home, "projects", "p")
    os.makedirs(folder)
    with open(os.path.join(folder, "s.jsonl"), "w") as out:
        for i, name in enumerate(NAMES):
            for day in (2, 3):
                out.write(json.dumps({
                    "type": "assistant", "sessionId": name[:200] if i % 2 else "s", "cwd": "/" + name[:200].replace("/", ""),
                    "timestamp": f"2026-11-{day:02d}T09:{i:02d}:01.000Z",
                    "message": {"id": f"msg_{i}_{day}", "model": name, "usage": {"input_tokens": 7 + i, "output_tokens": 2, "cache_read_input_tokens": i * 3}},
                }) + "\n")

if __name__ == "__main__":
    main(sys.argv[1])
