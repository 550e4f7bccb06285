"""Builds the corpus of .ci/tokens in a folder, from what is on the machine."""
import glob, gzip, gettext, json, os, random, re, subprocess, sys

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
MB = 1 << 20


def save(name, text):
    data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    with open(os.path.join(out, name), "wb") as f:
        f.write(data)
    print(f"{name:14} {len(data):9}")


def clip(text, size):
    return text.encode()[:size].decode("utf-8", "ignore")


def read(path):
    try:
        raw = gzip.open(path, "rb").read() if path.endswith(".gz") else open(path, "rb").read()
        return raw.decode("utf-8")
    except (UnicodeDecodeError, OSError):
        return ""


def manual(text):
    lines = (l for l in text.splitlines() if not l.startswith((".", "'")))
    return re.sub(r"\\f[BIRP]|\\-|\\&", lambda m: "-" if m[0] == "\\-" else "", "\n".join(lines)) + "\n"


def manuals(lang, size):
    text = ""
    for path in sorted(glob.glob(f"/usr/share/man/{lang}man[1578]/*.gz")):
        text += manual(read(path))
        if len(text) > size:
            break
    return text


def messages(lang, size):
    text = ""
    for path in sorted(glob.glob(f"/usr/share/locale/{lang}/LC_MESSAGES/*.mo")):
        try:
            catalog = gettext.GNUTranslations(open(path, "rb"))._catalog
        except Exception:
            continue
        text += "\n".join(v for v in catalog.values() if isinstance(v, str) and not v.startswith("Project-Id")) + "\n"
        if len(text) > size:
            break
    return text


root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True).stdout.strip()
go = "".join(read(p) for d in ("net/http", "go/types", "runtime", "encoding/json", "strings") for p in sorted(glob.glob(f"{root}/src/{d}/*.go")))
js = "".join(read(p) for p in sorted(glob.glob("/usr/lib/node_modules/**/*.js", recursive=True))[:400] + sorted(glob.glob("/usr/share/nodejs/**/*.js", recursive=True))[:400])
comments = "\n".join(re.findall(r"^// (.*)$", go, re.M))
save("code.txt", clip(go, 3 * MB // 2) + clip(js, MB // 2))
save("en.txt", clip(manuals("", 3 * MB // 2), 3 * MB // 2) + clip(comments, MB // 2))

cjk = ""
for lang in ("ja", "ko", "zh_CN"):
    part = manuals(lang + "/", MB // 4) + messages(lang, MB)
    # Prose only: most letters are not ASCII.
    lines = [l for l in part.splitlines() if sum(c > "\u2e7f" for c in l) * 2 > len(l)]
    cjk += clip("\n".join(lines), MB // 2) + "\n"
save("cjk.txt", cjk)

euro = "".join(clip(manuals(l + "/", MB // 8), MB // 8) for l in ("de", "fr", "es", "ru", "pl", "tr", "it"))
save("euro.txt", euro)

r = random.Random(1)
rows = []
while sum(map(len, rows[-1:])) * len(rows) < 2 * MB:
    rows.append(json.dumps({"ts": f"2026-11-{r.randint(1, 30):02}T{r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.random() * 60:06.3f}Z", "level": r.choice(["info", "warn", "error"]), "request_id": f"req_{r.getrandbits(96):x}",
        "model": r.choice(["gpt-5", "gpt-4o-mini", "o3"]), "usage": {"prompt_tokens": r.randint(1, 99999), "completion_tokens": r.randint(1, 9999)}, "latency_ms": round(r.random() * 9000, 2), "path": f"/v1/{r.choice(['chat', 'responses', 'embeddings'])}/{r.randint(0, 999)}", "ok": r.random() < 0.97}))
save("json.txt", "\n".join(rows))

save("specials.txt", "a <|endoftext|> b <|endofprompt|><|fim_prefix|> <|im_start|>user\n<|im_end|>")
save("contractions.txt", "\n".join(w + m + t for w in ("don", "it", "can", "we", "N", "DON", "") for m in ("'s", "'S", "'ſ", "'ſ's", "'ſ't", "'t'ſ", "'ll", "'LL", "'Re", "'vE", "'d'm") for t in ("", " ", "a", "t", "T", "er", "'s", "'ſt")))
save("crlf.txt", clip(go, 60000).replace("\n", "\r\n"))
save("points.txt", "".join(f"a{chr(c)}b {chr(c)} {chr(c)}\n{chr(c)}A{chr(c)}1" for c in list(range(1, 0xD800)) + list(range(0xE000, 0x33500, 3)) + list(range(0xE0000, 0xE01F0))))
pool = ["aeinrst", "AB", "0123456789", " ", " \t\u00a0\u2003", "\n", "\r\n", "'sStTreEvVlLmMdDſ", "/", ".,;:=-_(){}[]<>", "éßΩЖ", "ʰªº", "中文字漢", "かなカナー", "한국어", "ไทย", "\u0301\u0308\u3099", "🙂👩👍🏽\u200d\ufe0f🇩🇪", "\u0085\u2028\u200b\x00\x7f", "١Ⅷ½²"]
for k in range(6):
    text = []
    while len(text) < 60000:
        s = r.choice(pool)
        text += (r.choice(s) * r.randint(1, 5)) if r.random() < 0.2 else [r.choice(s) for _ in range(r.randint(1, 6))]
    save(f"random{k}.txt", "".join(text))
save("long.txt", "\n".join(["".join(r.choice(s) for _ in range(n)) for s in ("abcdefghijklmnopqrstuvwxyz", "etaoin", "的一是不了人我在有他这中大来上", "=-", "ACGT") for n in (70, 500, 1500, 4000)] + ["=" * 3000, " " * 3000 + "x", "a" * 3000]))
invalid = bytearray()
for _ in range(20000):
    c = r.choice(["a", " ", "é", "中", "👩", "\n", "1"]).encode()
    invalid += c[: r.randint(1, len(c))] if r.random() < 0.3 else c
    if r.random() < 0.05:
        invalid.append(r.randint(0x80, 0xFF))
save("invalid.bin", bytes(invalid))
# Short parts for slow implementations.
for kind in ("en", "code", "cjk", "euro", "json"):
    save(f"part-{kind}.txt", clip(read(os.path.join(out, kind + ".txt")), 120000))
