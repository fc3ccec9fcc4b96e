// Checks a receipt of Dossierpoort as audit/FORMAT.md says, in this page alone: nothing is fetched, nothing is sent.
// Stands whole in the page /controle, so that it still works when that page is saved to disk.
"use strict";
(() => {
  const page = JSON.parse(document.getElementById("words").textContent);
  const asked = JSON.parse(document.getElementById("asked").textContent);
  const say = page.text;
  const MOST_BYTES = 4_000_000;
  const MEMBERS = ["format", "event", "payload", "leaf_index", "proof", "checkpoint", "keys"];
  const FIELDS = ["event_id", "action", "outcome", "at", "actor", "role", "organisation", "tenant", "on_behalf_of", "purpose", "legal_basis", "article", "profile", "object_type", "object_id", "dossier", "network", "request_id", "software"];
  const IDS = ["actor", "organisation", "tenant", "on_behalf_of", "object_id", "dossier", "request_id"];
  const CODES = ["role", "purpose", "legal_basis", "article", "profile", "object_type", "software"];

  class Wrong extends Error { // the receipt is not valid
    constructor(code, sentence) { super(sentence ?? page.wrong[code]); this.code = code; }
  }
  class Cannot extends Error {} // it cannot be checked here; that says nothing of the receipt

  // --- bytes -----------------------------------------------------------------------------------------------------
  const utf8 = (text) => new TextEncoder().encode(text);
  const hex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
  const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(parts)));
  const same = (one, other) => hex(one) === hex(other);
  function join(parts) {
    const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { joined.set(part, at); at += part.length; }
    return joined;
  }
  function base64(text) { // in its one canonical spelling, or null
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return null;
    const raw = atob(text);
    return btoa(raw) === text ? Uint8Array.from(raw, (each) => each.charCodeAt(0)) : null;
  }

  // --- JSON, in which no member may stand twice and a number keeps its spelling ---------------------------------
  function parse(text) {
    let at = 0;
    const wrong = () => { throw new Wrong("form"); };
    const space = () => { while (" \t\n\r".includes(text[at] ?? "x")) at += 1; };
    const take = (token) => (text.startsWith(token, at) ? ((at += token.length), true) : false);
    function string() {
      const match = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
      match.lastIndex = at;
      const found = match.exec(text) ?? wrong();
      at = match.lastIndex;
      return JSON.parse(found[0]);
    }
    function value(depth) {
      if (depth > 100) wrong();
      space();
      if (take("{")) return object(depth);
      if (take("[")) return list(depth);
      if (text[at] === '"') return string();
      for (const [token, made] of [["true", true], ["false", false], ["null", null]]) if (take(token)) return made;
      const match = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
      match.lastIndex = at;
      const found = match.exec(text) ?? wrong();
      at = match.lastIndex;
      return { number: found[0] };
    }
    function object(depth) {
      const made = new Map();
      space();
      if (take("}")) return made;
      do {
        space();
        const name = text[at] === '"' ? string() : wrong();
        space();
        if (!take(":") || made.has(name)) wrong();
        made.set(name, value(depth + 1));
        space();
      } while (take(","));
      return take("}") ? made : wrong();
    }
    function list(depth) {
      const made = [];
      space();
      if (take("]")) return made;
      do { made.push(value(depth + 1)); space(); } while (take(","));
      return take("]") ? made : wrong();
    }
    const made = value(0);
    space();
    return at === text.length ? made : wrong();
  }

  function readReceipt(text) {
    const record = parse(text);
    const wrong = () => { throw new Wrong("form"); };
    const whole = (each) => typeof each === "string" && !/\p{Surrogate}/u.test(each);
    if (!(record instanceof Map) || record.size !== MEMBERS.length || !MEMBERS.every((name) => record.has(name))) wrong();
    if (record.get("format") !== "dossierpoort-receipt/1") wrong();
    if (!whole(record.get("event")) || !whole(record.get("checkpoint"))) wrong();
    if (record.get("payload") !== null && !whole(record.get("payload"))) wrong();
    const index = record.get("leaf_index")?.number;
    if (typeof index !== "string" || !/^-?[0-9]{1,4300}$/.test(index)) wrong();
    if (!Array.isArray(record.get("proof"))) wrong();
    const proof = record.get("proof").map((each) => (typeof each === "string" ? base64(each) : null) ?? wrong());
    return { event: record.get("event"), payload: record.get("payload"), index: BigInt(index), proof, note: record.get("checkpoint") };
  }

  // --- keys and signed notes -------------------------------------------------------------------------------------
  async function readKey(text) {
    const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text);
    const material = match && base64(match[3]);
    if (!material || material.length !== 33 || ![1, 4].includes(material[0])) throw new Cannot(say.cannot_key);
    const id = (await sha256(utf8(match[1] + "\n"), material)).slice(0, 4);
    if (hex(id) !== match[2]) throw new Cannot(say.cannot_key);
    return { name: match[1], kind: material[0], raw: material.slice(1), place: `${match[1]} ${match[2]}`, text };
  }
  function keyLines(text) {
    if (!text.trimStart().startsWith("{")) return text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
    try {
      const record = JSON.parse(text);
      return [...(record.log ?? []), ...(record.witnesses ?? [])];
    } catch { throw new Cannot(say.cannot_key); }
  }
  async function readKeys(text) {
    const lines = keyLines(text);
    if (!lines.every((line) => typeof line === "string")) throw new Cannot(say.cannot_key);
    return Promise.all(lines.map(readKey));
  }
  async function isSigned(raw, signature, text) {
    try {
      const key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
      return await crypto.subtle.verify({ name: "Ed25519" }, key, signature, utf8(text));
    } catch { return false; } // this browser knows Ed25519 (see mustKnow): so these bytes are no key
  }
  // A browser without Ed25519, or a page without TLS, cannot check anything. Tried with the vector 1 of RFC 8032.
  async function mustKnow() {
    const bytes = (text) => Uint8Array.from(text.match(/../g), (each) => parseInt(each, 16));
    const key = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    const signature = bytes("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    try {
      const known = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
      if (await crypto.subtle.verify({ name: "Ed25519" }, known, signature, new Uint8Array())) return;
    } catch { /* said below */ }
    throw new Cannot(say.cannot_browser);
  }

  // The text of a note and who signed it; null when a line is malformed, a signature is wrong, or nobody known signed.
  async function openNote(note, keys) {
    const cut = note.lastIndexOf("\n\n");
    if ([...note].length > 64_000 || cut < 0) return null;
    const text = note.slice(0, cut + 1);
    const lines = note.slice(cut + 2).split("\n");
    if (lines.pop() !== "" || lines.length < 1 || lines.length > 64 || /[\u0000-\u0009\u000b-\u001f]/.test(text)) return null;
    const known = new Map(keys.map((key) => [key.place, key]));
    const found = new Map();
    for (const line of lines) {
      const match = /^\u2014 ([^\s+]+) (.*)$/.exec(line);
      const blob = match && base64(match[2]);
      if (!blob || blob.length < 5) return null;
      const key = known.get(`${match[1]} ${hex(blob.slice(0, 4))}`);
      if (!key || found.has(key.text)) continue;
      const signature = await checkLine(key, text, blob.slice(4));
      if (!signature) return null;
      found.set(key.text, signature);
    }
    return found.size ? { text, signatures: [...found.values()] } : null;
  }
  async function checkLine(key, text, blob) {
    if (blob.length !== (key.kind === 1 ? 64 : 72)) return null;
    if (key.kind === 1) return (await isSigned(key.raw, blob, text)) ? { key, at: null } : null;
    const seconds = new DataView(blob.buffer, blob.byteOffset, 8).getBigUint64(0);
    if (seconds > 253402300799n) return null;
    const signed = `cosignature/v1\ntime ${seconds}\n${text}`;
    return (await isSigned(key.raw, blob.slice(8), signed)) ? { key, at: new Date(Number(seconds) * 1000) } : null;
  }
  async function openCheckpoint(note, keys) {
    const own = keys.filter((key) => key.kind === 1);
    if (!own.length) throw new Wrong("key");
    const opened = await openNote(note, keys);
    for (const key of own) {
      if (!opened?.signatures.some((each) => each.key.text === key.text)) continue;
      const lines = opened.text.split("\n");
      const root = lines.length === 4 && lines[3] === "" ? base64(lines[2]) : null;
      if (root?.length === 32 && lines[0] === key.name && /^(?:0|[1-9][0-9]{0,17})$/.test(lines[1])) {
        return { origin: lines[0], size: BigInt(lines[1]), root, signatures: opened.signatures };
      }
    }
    throw new Wrong("checkpoint");
  }

  // --- the tree (RFC 6962) ---------------------------------------------------------------------------------------
  function spans(index, size) { // what each hash of the proof covers, bottom up; null when the leaf is not in the tree
    if (index < 0n || index >= size) return null;
    const found = [];
    let [start, end] = [0n, size];
    while (end - start > 1n) {
      let part = 1n;
      while (part * 2n < end - start) part *= 2n;
      if (index < start + part) { found.unshift([start + part, end]); end = start + part; }
      else { found.unshift([start, start + part]); start += part; }
    }
    return found;
  }
  async function checkProof(leaf, index, proof, checkpoint) {
    const path = spans(index, checkpoint.size);
    if (!path || path.length !== proof.length || proof.some((each) => each.length !== 32)) throw new Wrong("proof");
    let joined = leaf;
    for (const [place, [, end]] of path.entries()) {
      joined = end <= index ? await sha256([1], proof[place], joined) : await sha256([1], joined, proof[place]);
    }
    if (!same(joined, checkpoint.root)) throw new Wrong("proof");
  }

  // --- event and payload -----------------------------------------------------------------------------------------
  function readEvent(text) {
    const wrong = () => { throw new Wrong("event"); };
    let record;
    try { record = JSON.parse(text); } catch { wrong(); }
    if (record?.v !== 1 || !FIELDS.every((name) => name in record) || !("payload" in record)) wrong();
    if (typeof record.event_id !== "string" || !/^[0-9a-f]{32}$/.test(record.event_id)) wrong();
    if (!(record.action in page.tables.action) || !page.outcomes.includes(record.outcome)) wrong();
    const at = /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\.([0-9]{6})Z$/.exec(record.at);
    if (!at || !new Date(`${at[1]}Z`).getTime() || new Date(`${at[1]}Z`).toISOString().slice(0, 19) !== at[1]) wrong();
    const isId = (each) => each === null || (typeof each === "string" && /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/.test(each) && !/^[0-9]{8,9}$/.test(each));
    const isCode = (each) => typeof each === "string" && [...each].length >= 1 && [...each].length <= 200 && !/["\\]|(?! )[\p{C}\p{Z}]/u.test(each);
    if (!IDS.every((name) => isId(record[name])) || !CODES.every((name) => (record[name] === null && name !== "software") || isCode(record[name]))) wrong();
    if (record.action === "search" && record.object_id !== null) wrong();
    if (record.network !== null && !/^[0-9a-f.:]+\/[0-9]{1,2}$/.test(record.network)) wrong();
    if (record.payload !== null && typeof record.payload !== "string") wrong();
    return record;
  }
  async function openPayload(payload, commitment) {
    if (payload === null) return commitment === null ? {} : null;
    if (commitment === null || hex(await sha256(utf8("dossierpoort/audit/payload/v1\n" + payload))) !== commitment) throw new Wrong("payload");
    let inside;
    try { inside = JSON.parse(payload).payload; } catch { /* said below */ }
    if (!inside || typeof inside !== "object" || Array.isArray(inside)) throw new Wrong("payload", page.wrong.unreadable);
    return inside;
  }

  // --- files -----------------------------------------------------------------------------------------------------
  function* streamsOf(text) { // from the word "stream" backwards: the work grows with the file and no faster
    let after = 0;
    for (const word of text.matchAll(/stream\r?\n/g)) {
      const before = text.slice(Math.max(after, word.index - 2064), word.index);
      let end = before.length;
      while (end > 0 && " \t\n\r\f\v".includes(before[end - 1])) end -= 1;
      if (before.length - end > 64 || before.slice(Math.max(end - 2, 0), end) !== ">>") continue;
      const near = before.slice(Math.max(end - 2004, 0), end - 2);
      const cut = near.lastIndexOf("endobj");
      const head = cut < 0 ? near : near.slice(cut + 6);
      const opened = head.indexOf("<<");
      if (opened < 0) continue;
      after = word.index + word[0].length;
      yield [head.slice(opened + 2), after];
    }
  }
  async function attached(bytes) { // the one attachment of a PDF whose streams stand in the open
    const text = new TextDecoder("latin1").decode(bytes); // one character a byte, whatever it is called
    const found = [...streamsOf(text)].filter(([head]) => /\/Type[ \t\n\r\f\v]*\/EmbeddedFile\b/.test(head));
    if (!found.length) throw new Wrong("form", say.no_attachment);
    if (found.length > 1) throw new Wrong("form", say.many_attachments);
    const [head, start] = found[0];
    const length = /\/Length[ \t\n\r\f\v]+([0-9]{1,9})(?![0-9])(?![ \t\n\r\f\v]+[0-9]+[ \t\n\r\f\v]+R)/.exec(head);
    if (!length || head.includes("/DecodeParms")) throw new Wrong("form", say.bad_attachment);
    const body = bytes.slice(start, start + Number(length[1]));
    if (body.length < Number(length[1])) throw new Wrong("form", say.cut_attachment);
    if (/\/Filter[ \t\n\r\f\v]*(?:\/FlateDecode|\[[ \t\n\r\f\v]*\/FlateDecode[ \t\n\r\f\v]*\])/.test(head)) return inflate(body);
    if (head.includes("/Filter")) throw new Wrong("form", say.bad_attachment);
    return body;
  }
  async function inflate(body) {
    if (typeof DecompressionStream === "undefined") throw new Cannot(say.cannot_browser);
    const parts = [];
    let count = 0;
    try {
      const reader = new Blob([body]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parts.push(part.value);
        count += part.value.length;
        if (count > MOST_BYTES) { await reader.cancel(); throw new Error("too much"); }
      }
    } catch { throw new Wrong("form", say.bad_attachment); }
    return join(parts);
  }
  async function textOf(bytes) {
    if (bytes.length > MOST_BYTES) throw new Cannot(say.cannot_file);
    const begin = new TextDecoder("latin1").decode(bytes.slice(0, 1024)).replace(/^[\u0000\t\n\f\r ]+/, "");
    const inside = begin.startsWith("%PDF-") ? await attached(bytes) : bytes;
    try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(inside); } catch { throw new Cannot(say.cannot_file); }
  }

  async function check(text, keys) {
    const receipt = readReceipt(text);
    const checkpoint = await openCheckpoint(receipt.note, keys);
    const leaf = await sha256([0], utf8(receipt.event));
    await checkProof(leaf, receipt.index, receipt.proof, checkpoint);
    const event = readEvent(receipt.event);
    const payload = await openPayload(receipt.payload, event.payload);
    const witnesses = checkpoint.signatures.filter((each) => each.key.kind === 4 && !each.key.name.startsWith(checkpoint.origin + "/"));
    return { event, payload, checkpoint, witnesses, leaf: hex(leaf), index: receipt.index };
  }

  // --- what is seen ----------------------------------------------------------------------------------------------
  const result = document.getElementById("result");
  const keysBox = document.getElementById("keys");
  const pasted = document.getElementById("pasted");
  const made = (name, text, into, type) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (type) element.className = type;
    into?.append(element);
    return element;
  };
  const moment = (at) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "medium", timeZone: "Europe/Amsterdam" }).format(at);

  function show(outcome, title, ...sentences) {
    result.replaceChildren();
    result.dataset.outcome = outcome;
    result.className = `result result--${outcome === "valid" ? "good" : ["cannot", "reading"].includes(outcome) ? "unknown" : "bad"}`;
    made("h2", title, result);
    for (const sentence of sentences) made("p", sentence, result);
  }
  function facts(rows, into) {
    const list = made("dl", undefined, into);
    for (const [label, value] of rows) {
      if (value === null || value === undefined || value === "") continue;
      const item = made("div", undefined, list);
      made("dt", label, item);
      made("dd", String(value), item);
    }
  }
  function showValid(proven) {
    const { event, payload } = proven;
    const word = (table, code) => page.tables[table][code] ?? code;
    show("valid", say.valid, say.valid_more);
    result.dataset.confirmed = String(proven.witnesses.length > 0);
    made("p", proven.witnesses.length ? say.confirmed : say.unconfirmed, result, "mark");
    if (asked.leaf) made("p", asked.leaf === proven.leaf ? say.same : say.other, result, "mark");
    facts([
      [say.what, word("action", event.action).replace(/^./, (first) => first.toUpperCase())], [say.when, moment(new Date(event.at))], [say.outcome, say[event.outcome]],
      [say.recipient, payload?.recipient_name], [say.purpose, word("purpose", event.purpose)], [say.basis, word("basis", event.legal_basis)],
      [say.article, event.article], [say.profile, event.profile], [say.details, payload === null ? say.closed : null],
      [say.id, event.event_id], [say.leaf, proven.leaf], [say.place, `${proven.index} / ${proven.checkpoint.size}`],
      ...proven.checkpoint.signatures.map((each) => [say.signed, each.key.name + (each.at ? `, ${moment(each.at)}` : "")]),
    ], result);
    const more = made("details", undefined, result);
    made("summary", say.more, more);
    facts([...FIELDS.map((name) => [name, event[name]]), ...Object.entries(payload ?? {}).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)])], more);
  }

  let turn = 0;
  async function run(read) {
    const mine = (turn += 1);
    show("reading", say.reading);
    let finish;
    try {
      if (!globalThis.crypto?.subtle) throw new Cannot(say.cannot_browser);
      await mustKnow();
      const keys = await readKeys(keysBox.value);
      const proven = await check(await read(), keys);
      finish = () => showValid(proven);
    } catch (error) {
      if (error instanceof Wrong) finish = () => show(error.code, say.invalid, error.message);
      else finish = () => show("cannot", say.cannot, error instanceof Cannot ? error.message : say.cannot_browser);
    }
    if (mine !== turn) return; // another file came meanwhile
    finish();
    result.focus({ preventScroll: true });
    result.scrollIntoView({ block: "nearest" });
  }
  async function take(file) {
    if (!file) return;
    const bytes = file.size > MOST_BYTES ? null : new Uint8Array(await file.arrayBuffer());
    const begin = bytes ? new TextDecoder().decode(bytes.slice(0, 200_000)) : "";
    if (begin.trimStart().startsWith("{") && /"log"\s*:\s*\[/.test(begin) && !begin.includes('"checkpoint"')) {
      keysBox.value = begin.trim(); // a file of keys was dropped: that is where it goes
      keysBox.closest("details").open = true;
      return;
    }
    await run(async () => {
      if (!bytes) throw new Cannot(say.cannot_file);
      return textOf(bytes);
    });
  }

  keysBox.value = [...page.keys.log, ...page.keys.witnesses].join("\n");
  document.getElementById("file").addEventListener("change", (event) => take(event.target.files[0]));
  document.getElementById("check").addEventListener("click", () => run(async () => pasted.value));
  document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dragging"); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dragging"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dragging");
    take(event.dataTransfer.files[0]);
  });
  document.documentElement.classList.add("ready");
})();
