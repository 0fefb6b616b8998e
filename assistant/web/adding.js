// Adding sources: files and folders that are dropped or chosen, addresses and texts that are pasted, and their progress.

import { Refusal, all, call, canSay, complain, element, goOn, page, programSays, say, toast, why } from "./dom.js";
import { countSources, listSources, size } from "./sources.js";
import { limits } from "./settings.js";

const AT_ONCE = 3; // uploads
const SHOWN = 8; // files of a kind in the list of what is added; of failures, all
const EVERY = 700; // ms between two looks at the progress
const waiting = []; // files to send
const onTheWay = new Set(); // names of files that are being sent
const refused = []; // { name, inside }: what was not sent, or did not arrive
const round = { sending: 0, sent: 0, total: 0, changes: 0, polling: false, dismissed: true };

export async function addFiles(named) {
  round.dismissed = false;
  const others = new Map(); // kind → how many, of a folder; "" for all that nothing can be done about
  for (const one of named) {
    const kind = /\.[^./]+$/.exec(one.name)?.[0].toLowerCase();
    if (one.name.split("/").some((part) => part.startsWith("."))) continue; // hidden: nobody meant these
    if (!limits().suffixes.includes(kind)) {
      const instead = canSay(`instead${kind}`);
      if (named.length > 5) others.set(instead ? kind : "", (others.get(instead ? kind : "") ?? 0) + 1);
      else refused.push({ name: one.name, inside: say(instead ? `instead${kind}` : "other_kind", { kinds: limits().suffixes.join(" ") }) });
    } else if (one.file.size > limits().largest) {
      refused.push({ name: one.name, inside: say("too_large", { size: size(one.file.size), largest: size(limits().largest) }) });
    } else if (!one.file.size) {
      refused.push({ name: one.name, inside: say("empty_file") });
    } else {
      waiting.push(one);
      round.total += 1;
    }
  }
  for (const [kind, count] of others) {
    if (kind) refused.push({ name: `${count} × ${kind}`, inside: say(`instead${kind}`) });
    else refused.push({ name: "", inside: say("other_kinds", { count }) });
  }
  while (round.sending < AT_ONCE && waiting.length) send();
  watch();
}

async function send() {
  round.sending += 1;
  for (let one = waiting.shift(); one; one = waiting.shift()) {
    onTheWay.add(one.name);
    try {
      const answer = await fetch(`yiju/files?name=${encodeURIComponent(one.name)}`, { method: "PUT", body: one.file });
      if (!answer.ok) refused.push({ name: one.name, inside: await why(answer) });
    } catch {
      // The browser cannot read the file any more when it was renamed or changed; else the server is not there.
      const here = await one.file.slice(0, 1).arrayBuffer().then(() => true, () => false);
      refused.push({ name: one.name, inside: say(here ? "offline" : "file_changed") });
    }
    onTheWay.delete(one.name);
    round.sent += 1;
    round.changes += 1;
  }
  round.sending -= 1;
}

// Files and folders from a drop: folders are walked, and a file keeps the path that it has in its folder.
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = entries.length ? [] : [...transfer.files].map((file) => ({ name: file.name, file }));
  for (const entry of entries) await walk(entry, "", found);
  await addFiles(found);
}

async function walk(entry, folder, found) {
  const name = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise((done) => entry.file(done, () => done(null)));
    if (file) found.push({ name, file });
    else refused.push({ name, inside: say("file_changed") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done) => reader.readEntries(done, () => done([])));
    if (!some.length) return; // a browser gives a hundred at a time
    for (const one of some) await walk(one, `${name}/`, found);
  }
}

export const chosenFiles = (input) => addFiles([...input.files].map((file) => ({ name: file.webkitRelativePath || file.name, file })));

const ADDRESS = /^(https?:\/\/\S|www\.[^\s/.]+\.)\S+$/i;

// The web addresses that a text is a list of; none, when it says anything else.
function addresses(text) {
  const words = text.split(/\s+/);
  return words.every((word) => ADDRESS.test(word)) ? words.map((word) => word.replace(/^www\./i, "https://$&")) : [];
}

export async function paste() {
  const box = page(".pasted textarea");
  const title = page(".pasted input");
  const text = box.value.trim();
  if (!text) return box.focus();
  const found = addresses(text);
  try {
    if (!found.length) await call("texts", { method: "POST", body: { title: title.value, text } });
    for (const address of found) await pasteAddress(address);
  } catch (error) {
    return complain(error);
  }
  box.value = title.value = "";
  showPasted();
  round.dismissed = false;
  watch();
}

async function pasteAddress(address) {
  try {
    await call("addresses", { method: "POST", body: { address } });
  } catch (error) {
    if (!error.status) throw error; // no answer: all of them can be sent again
    refused.push({ name: address, inside: error.inside });
  }
}

// A text can be given a title; an address brings its own.
export function showPasted() {
  const text = page(".pasted textarea").value.trim();
  page(".pasted label.titled").hidden = !text || addresses(text).length > 0;
}

// Progress, looked at while there is any.

export async function watch() {
  round.changes += 1;
  if (round.polling) return;
  round.polling = true;
  round.dismissed = false;
  let done = -1;
  for (;;) {
    const changes = round.changes; // what arrives while the server is asked may not stand in its answer
    const answer = await call("intake").catch((error) => (error instanceof Refusal ? null : Promise.reject(error)));
    if (answer) {
      show(answer);
      if (answer.done !== done && done >= 0) refresh();
      done = answer.done;
      const settled = !round.sending && !waiting.length && round.changes === changes;
      if (settled && answer.done === answer.total) break;
    }
    await new Promise((later) => setTimeout(later, EVERY));
  }
  round.polling = false;
  refresh();
}

function refresh() {
  if (page(".sources").hidden) countSources();
  else listSources(true);
}

function show(intake) {
  const box = page(".intake");
  const busy = round.sending > 0 || intake.done < intake.total;
  const failed = intake.items.filter((one) => one.state === "failed");
  const failures = intake.failed + refused.length;
  box.hidden = round.dismissed || (!intake.total && !refused.length && !busy);
  const counted = { done: intake.done - intake.failed, total: Math.max(intake.total, round.total), failed: failures };
  page(".intake-line").replaceChildren(...say(busy ? "adding" : failures ? "added_but" : "added_all", counted));
  const bar = page(".intake progress");
  bar.hidden = !busy;
  bar.max = counted.total || 1;
  bar.value = intake.through;
  const under = intake.items.filter((one) => ["reading", "storing"].includes(one.state)).slice(0, SHOWN);
  const good = intake.items.filter((one) => !["failed", "reading", "storing"].includes(one.state)).slice(-SHOWN).reverse();
  page(".intake ul").replaceChildren(
    ...refused.map((one) => item(one.name, one.inside, "failed")),
    ...failed.map((one) => item(one.name, programSays(one.reason), "failed")),
    ...[...onTheWay].map((name) => item(name, say("state_sending"), "sending")),
    ...[...under, ...good].map((one) => item(one.name, stated(one), one.state)),
  );
  page(".intake .dismiss").hidden = busy;
}

const stated = (one) => [...say(`state_${one.state}`, { count: one.passages }), ...(one.reason ? [" · ", ...programSays(one.reason)] : [])];

function item(name, inside, state) {
  const made = element("li", [element("bdi", name), " ", element("span", inside, "state")], state);
  return made;
}

export async function dismiss() {
  round.dismissed = true;
  refused.length = 0;
  Object.assign(round, { sent: 0, total: 0 });
  page(".intake").hidden = true;
  goOn(page(".sources [name='words']"));
  await call("intake", { method: "DELETE" }).catch(complain);
}

export async function peek() {
  const answer = await call("intake").catch(() => null);
  if (answer && answer.done < answer.total) watch();
}
