"""Prints the samples of .ci/tokens: best and median MB/s, and the ratios of the bests and medians."""
import collections, statistics, sys

got = collections.defaultdict(list)
for line in open(sys.argv[1]):
    what, kind, value = line.rstrip("\n").split("\t")
    got[what, kind].append(float(value))
kinds = ["en", "code", "cjk", "json"]
rows = list(dict.fromkeys(w for w, k in got if k in kinds))
print(f"{'o200k_base, MB/s: best (median)':34}" + "".join(f"{k:>18}" for k in kinds))
for w in rows:
    print(f"{w:34}" + "".join(f"{max(got[w, k]):10.1f} ({statistics.median(got[w, k]):5.1f})" if got[w, k] else f"{'-':>18}" for k in kinds))
print()
for a, b in [("count", "tiktoken-go"), ("count, cold caches", "tiktoken-go"), ("encode", "tiktoken-go"), ("count", "npm tiktoken"), ("count", "gpt-tokenizer"), ("two cores of CountAll", "one core of CountAll")]:
    cells = [f"{max(got[a, k]) / max(got[b, k]):10.2f} ({statistics.median(got[a, k]) / statistics.median(got[b, k]):5.2f})" for k in kinds if got[a, k] and got[b, k]]
    print(f"{a + ' / ' + b:44}" + "".join(f"{c:>18}" for c in cells))
print()
slow = collections.defaultdict(float)
for (w, k), v in got.items():
    if w == "1 MB of it, ms":
        slow[k] = max(v)
print("1 MB, slowest encoding, ms: " + ", ".join(f"{k} {v:.0f}" for k, v in sorted(slow.items(), key=lambda x: -x[1])))
for (w, k), v in got.items():
    if k not in kinds and w != "1 MB of it, ms":
        print(f"{w}, {k}: {min(v):g}")
