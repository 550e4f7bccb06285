"""Compares what LibreOffice made of files with the files: spreadsheet.py WORK."""
import csv, os, sys
import xml.etree.ElementTree as xml

work = sys.argv[1]
csv.field_size_limit(1 << 24)
TABLE, OFFICE, TEXT = ("{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}" % n for n in ("table", "office", "text"))

def words(node):
    """The text of a cell, lines joined as a file has them."""
    def of(n):
        out = n.text or ""
        for c in n:
            if c.tag == TEXT + "s":
                out += " " * int(c.get(TEXT + "c", "1"))
            elif c.tag == TEXT + "tab":
                out += "\t"
            elif c.tag == TEXT + "line-break":
                out += "\n"
            else:
                out += of(c)
            out += c.tail or ""
        return out
    return "\n".join(of(p) for p in node if p.tag == TEXT + "p")

def cells(path):
    """Rows of (formula, type, text); what is repeated is written out."""
    for row in xml.parse(path).iter(TABLE + "table-row"):
        out = []
        for c in row:
            if c.tag == TABLE + "table-cell":
                cell = (c.get(TABLE + "formula"), c.get(OFFICE + "value-type"), words(c))
                n = int(c.get(TABLE + "number-columns-repeated", "1"))
                out += [cell] * (n if n < 1000 else 1)
        yield out

def as_text(s):
    return s.replace("\r\n", "\n").replace("\r", "\n")

FIGURES = {"records", "requests", "cost", "cost_low", "cost_high", "cash", "plan_fee", "reported_cost", "charged", "own", "plan_fees", "unallocated",
           "api_equivalent", "unpriced_quantities", "context_from", "context_to", "day", "price_since", "period_start", "period_end", "start", "end",
           "planned", "estimated", "counts"}

def figure(column):
    return column in FIGURES or column.endswith("_tokens") or column.startswith("price_") and column not in ("price_source", "price_book")

# Of FOCUS, the columns that are text.
FOCUS = {"x_Model", "x_TokenType", "ChargeDescription", "SubAccountId", "SubAccountName", "ResourceId", "ResourceName", "SkuId", "SkuPriceId", "SkuMeter"}

def check(name, comma=","):
    with open(f"{work}/{name}.csv", newline="", encoding="utf-8-sig") as f:
        want = list(csv.reader(f, delimiter=comma))
    head, seen, texts = want[0], list(cells(f"{work}/out/{name}.fods")), 0
    formulas = [c for row in seen for c in row if c[0]]
    if name == "plain":
        if not formulas:
            raise SystemExit("an unguarded file has no formulas: this check sees nothing")
        return
    if formulas:
        raise SystemExit(f"{name}: a cell runs: {formulas[0]}")
    for n, row in enumerate(want):
        for i, text in enumerate(row):
            if n > 0 and (name == "focus" and head[i] not in FOCUS or name != "focus" and figure(head[i])):
                continue
            got = seen[n][i] if i < len(seen[n]) else (None, None, "")
            if got[2] != as_text(text)[:32767] and got[2] != as_text(text) or text and got[1] != "string":
                raise SystemExit(f"{name}: row {n + 1}, {head[i]}: {text[:120]!r} became {got[1]} {got[2][:120]!r}")
            texts += 1
    print(f"{name}: {texts} texts are as they were, and none runs")

for name in ("plain", "ledger", "records", "model", "chargeback", "focus"):
    check(name)
check("comma", ";")

def sheets(path):
    """Rows of (formula, type, text) by sheet; the table that a chart keeps is none."""
    out = {}
    for table in xml.parse(path).iter(TABLE + "table"):
        rows = []
        for row in table.iter(TABLE + "table-row"):
            cells_of = []
            for c in row:
                if c.tag == TABLE + "table-cell":
                    n = int(c.get(TABLE + "number-columns-repeated", "1"))
                    cells_of += [(c.get(TABLE + "formula"), c.get(OFFICE + "value-type"), words(c))] * (n if n < 1000 else 1)
            rows.append(cells_of)
        out.setdefault(table.get(TABLE + "name"), rows)
    return out

def check_book(path):
    """The workbook's rows are those of the ledger without guards; yes and no are
    the only things that LibreOffice makes a formula of."""
    with open(f"{work}/bare.csv", newline="", encoding="utf-8") as f:
        want = list(csv.reader(f))
    seen = sheets(path)
    if list(seen)[0] != "Summary" or not {"Days", "Data"} <= set(seen):
        raise SystemExit(f"the workbook has {list(seen)}")
    for name, rows in seen.items():
        for c in (c for row in rows for c in row):
            if c[0] and c[0] not in ("of:=TRUE()", "of:=FALSE()"):
                raise SystemExit(f"the workbook: {name}: a cell runs: {c}")
    data, head = seen["Data"], want[0]
    exact = {name[2][: -len("_exact")]: i for i, name in enumerate(data[0]) if name[2].endswith("_exact")}
    if not exact or [c[2] for c in data[0][: len(head)]] != head:
        raise SystemExit("the workbook: the header is another")
    texts = 0
    for n, row in enumerate(want[1:], 1):
        for i, text in enumerate(row):
            place = exact.get(head[i], i)
            if place == i and figure(head[i]):
                continue
            got = data[n][place] if place < len(data[n]) else (None, None, "")
            if got[1] == "boolean":
                got = (None, "string", got[2].lower())
            if got[2] != as_text(text) or text and got[1] != "string":
                raise SystemExit(f"the workbook: row {n + 1}, {head[i]}: {text[:120]!r} became {got[1]} {got[2][:120]!r}")
            texts += 1
    whole = open(path, encoding="utf-8").read()
    if whole.count("<draw:object") < 2 or "chart:chart" not in whole:
        raise SystemExit("the workbook has no charts")
    print(f"the workbook: {texts} texts and amounts are as they were, and none runs; its charts are there")

book = f"{work}/out/book.fods"
if os.path.exists(book):
    check_book(book)
