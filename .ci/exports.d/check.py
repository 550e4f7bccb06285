"""Reads exports back: check.py WORK TOKPIT."""
import csv, io, json, subprocess, sys
from decimal import Decimal, getcontext

getcontext().prec = 60
work, tokpit = sys.argv[1:]
csv.field_size_limit(1 << 24)

def run(*args):
    out = subprocess.run([tokpit, *args], capture_output=True)
    if out.returncode not in (0, 1):
        raise SystemExit(f"{args}: {out.stderr.decode()}")
    return out.stdout.decode()

def unguard(text):
    return text[1:] if text.startswith("'") else text

def table(text, **form):
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True, **form))
    if any(len(r) != len(rows[0]) for r in rows):
        raise SystemExit("rows of several widths")
    return rows[0], rows[1:]

def plain(value):
    """A value of JSON as CSV has it."""
    if value is None:
        return ""
    if value is True or value is False:
        return str(value).lower()
    return str(value)

def same(name, head, rows, want, convert=unguard):
    if len(rows) != len(want):
        raise SystemExit(f"{name}: {len(rows)} rows, {len(want)} in JSON")
    for n, (row, doc) in enumerate(zip(rows, want)):
        if list(doc) != head:
            raise SystemExit(f"{name}: other columns than JSON: {head} {list(doc)}")
        for column, text in zip(head, row):
            if convert(text) != plain(doc[column]):
                raise SystemExit(f"{name}: row {n + 1}, {column}: {text[:200]!r} for {plain(doc[column])[:200]!r}")

def add(rows, column):
    """What a column adds up to, by currency."""
    sums = {}
    for r in rows:
        if r[column] not in (None, ""):
            key = r.get("currency") or ""
            sums[key] = sums.get(key, Decimal(0)) + Decimal(r[column])
    return {k: v for k, v in sums.items() if v}

def of_sum(s, name):
    """The same of a sum of a report."""
    if s["costs"] if "costs" in s else None:
        out = {}
        for c in s["costs"]:
            if c.get(name) is not None:
                out[c["currency"]] = Decimal(c[name])
        return {k: v for k, v in out.items() if v}
    value = Decimal(s[name]) if s.get(name) is not None else Decimal(0)
    return {s["currency"]: value} if value else {}

TOKENS = {"input_tokens": "input", "cache_read_tokens": "cache_read", "output_tokens": "output"}

def check(data, query, by):
    grouped = [*data, "export", *query, "-o", "-"] + (["--by", by] if by else [])
    lines = [json.loads(l) for l in run(*grouped, "--format", "jsonl").splitlines()]
    doc = json.loads(run(*grouped, "--format", "json"))
    if doc["rows"] != lines:
        raise SystemExit(f"{by}: JSON and JSON lines differ")
    name = by or "ledger"
    head, rows = table(run(*grouped))
    same(name, head, rows, lines)
    head, rows = table(run(*grouped, "--plain"))
    same(name + " plain", head, rows, lines, lambda s: s)
    text = run(*grouped, "--bom", "--decimal", "comma")
    if not text.startswith("\ufeff"):
        raise SystemExit("no byte order mark")
    head, rows = table(text[1:], delimiter=";")
    amounts = {i for i, c in enumerate(head) if c in ("cost", "cost_low", "cost_high", "cash", "plan_fee", "reported_cost") or c.startswith("price_") and c not in ("price_source", "price_since", "price_book")}
    rows = [[c.replace(",", ".") if i in amounts else c for i, c in enumerate(r)] for r in rows]
    same(name + " with commas", head, rows, lines)

    report = json.loads(run(*data, "report", *query, "--by", by or "day", "--json"))
    total = report["total"]
    for column in ("cost", "reported_cost") + (() if by else ("cash",)):
        got, want = add(lines, column), of_sum(total, column)
        if got != want:
            raise SystemExit(f"{name}: {column} adds up to {got}, the report says {want}")
    if by:
        want = {}
        for r in report["rows"]:
            for k, v in of_sum(r, "cash").items():
                want[k] = want.get(k, 0) + v
        if add(lines, "cash") != want:
            raise SystemExit(f"{name}: cash adds up to {add(lines, 'cash')}, the report's rows to {want}")
    for column, key in TOKENS.items():
        got = sum(r[column] or 0 for r in lines)
        if got != total["tokens"][key]:
            raise SystemExit(f"{name}: {got} {column}, the report says {total['tokens'][key]}")
    return len(lines)

def chargeback(data, by, share):
    back = json.loads(run(*data, "chargeback", "--cycle", "2026-11", "--by", by, "--share", share, "--json"))
    report = json.loads(run(*data, "report", "--since", "2026-11-01", "--by", "day", "--json"))
    for side in back["whole"]:
        charged = sum(Decimal(r["charged"]) for r in back["rows"] if r["currency"] == side["currency"])
        if charged != Decimal(side["charged"]) or {side["currency"]: charged} != of_sum(report["total"], "cash"):
            raise SystemExit(f"chargeback by {by}: {charged} of {side['charged']}; the report says {of_sum(report['total'], 'cash')}")

rows = 0
groupings = ["", "day", "week", "month", "provider", "account", "organization", "environment", "project", "key", "machine", "model", "priced_as",
             "tier", "region", "band", "source", "basis", "cost_center", "day,model", "project,key,model", "month,project"]
for data in (["--demo"], []):
    for by in groupings:
        rows += check(data, ["--since", "2026-10-01"], by)
    for by in ("project", "cost_center", "user", "model"):
        for share in ("none", "even", "usage"):
            chargeback(data, by, share)
head, table_rows = table(run("export", "--records", "-o", "-"))
lines = [json.loads(l) for l in run("export", "--records", "--format", "jsonl", "-o", "-").splitlines()]
same("records", head, table_rows, lines)
print(f"{rows} rows of {2 * len(groupings)} exports read back without loss and add up")
