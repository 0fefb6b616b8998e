// The sources: the list with what can be done to each, which of them a question may use, and how many there are.

import { all, button, call, complain, element, goOn, named, page, say, toast, who } from "./dom.js";
import { Rows } from "./rows.js";

const picked = new Map(JSON.parse(sessionStorage.getItem("yiju-only") ?? "[]")); // id → title, of what a question may use
const wanted = { words: "", language: "", kind: "", sort: "title", down: false };
let rows = null;
let count = 0;

export const only = () => [...picked.keys()];

export async function countSources() {
  const answer = await call("sources?limit=1").catch(() => null);
  if (answer) stock(answer.all);
}

function stock(number) {
  page(".count").textContent = number;
  for (const bare of all(".bare")) bare.hidden = number > 0;
  for (const stocked of all(".stocked")) stocked.hidden = number === 0;
  if (number !== count) offerExamples();
  count = number;
}

async function offerExamples() {
  const offered = await call("examples").catch(() => []);
  const made = offered.map(({ zh, en }) => {
    const both = zh === en ? zh : [element("span", zh, "zh"), element("span", en, "en")];
    const one = button(both, "example");
    one.dir = "auto";
    return element("li", one);
  });
  page(".examples").replaceChildren(...made);
  page(".tried").hidden = !made.length;
}

export async function listSources(keep = false) {
  rows ??= new Rows(page(".rows"), (offset, limit) => call(`sources?${query()}&offset=${offset}&limit=${limit}`), row);
  const answer = await rows.reload({ keep }).catch(complain);
  if (!answer) return;
  stock(answer.all);
  offer("language", answer.languages);
  offer("kind", answer.kinds);
  page(".fitting").replaceChildren(...say(answer.total === answer.all ? "all_sources" : "fitting", { total: answer.total, all: answer.all }));
  page(".sources .none-fit").hidden = answer.total > 0 || answer.all === 0;
  for (const one of all(".sources [data-sort]")) {
    const sorted = one.dataset.sort === wanted.sort;
    one.ariaPressed = sorted;
    one.dataset.down = sorted && wanted.down;
  }
}

const query = () => new URLSearchParams(wanted).toString();

function offer(name, counted) {
  const choice = page(`.sources select[name="${name}"]`);
  const all = choice.options[0];
  choice.replaceChildren(all, ...counted.map(([value, number]) => new Option(`${value} (${number})`, value)));
  choice.value = wanted[name];
}

function row(source) {
  const pick = element("input", "", "pick");
  pick.type = "checkbox";
  pick.checked = picked.has(source.id);
  pick.ariaLabel = source.title;
  pick.dataset.title = source.title;
  const open = button(element("bdi", source.title), "open");
  open.dataset.source = source.id;
  const about = who([source.author, source.place === source.title ? "" : source.place]);
  about.title = source.place;
  const facts = [
    ["published", source.published ?? "—"], ["language", source.language], ["kind", source.kind],
    ["bytes", source.bytes === null ? "—" : size(source.bytes)], ["passages", source.passages],
  ].map(([name, value]) => element("span", String(value), name));
  const again = named(button("↻", "again quiet"), "read_again");
  const remove = named(button("×", "remove quiet"), "remove");
  again.dataset.id = remove.dataset.id = source.id;
  remove.dataset.title = source.title;
  return [pick, element("div", [open, about], "what"), ...facts, element("div", [again, remove], "doing")];
}

export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

// Which sources a question may use.

export function pick(box) {
  if (box.checked) picked.set(box.closest("li").dataset.id, box.dataset.title);
  else picked.delete(box.closest("li").dataset.id);
  showPicked();
}

export async function pickFitting() {
  const ids = await call(`source-ids?${query()}`).catch(complain);
  for (const id of ids ?? []) picked.set(id, picked.get(id) ?? "");
  showPicked();
}

export function pickNone() {
  picked.clear();
  showPicked();
  goOn(page(".pick-fitting"), page(".composer textarea"));
}

// What was removed elsewhere is no longer chosen: of such a source alone, every answer would be a refusal.
export async function dropGone() {
  if (!picked.size) return;
  const gone = await call("gone-ids", { method: "POST", body: { ids: only() } }).catch(() => []);
  const dropped = gone.filter((id) => picked.delete(id));
  if (!dropped.length) return;
  showPicked();
  toast(say(picked.size ? "some_gone" : "all_gone"));
}

export function showPicked() {
  sessionStorage.setItem("yiju-only", JSON.stringify([...picked]));
  page(".composer .only").hidden = picked.size === 0;
  const titles = [...picked.values()].filter(Boolean);
  const inside = picked.size === 1 && titles.length ? [...say("only_one"), " ", element("bdi", titles[0])] : say("only", { count: picked.size });
  page(".only-what").replaceChildren(...inside);
  for (const box of all(".rows .pick")) box.checked = picked.has(box.closest("li").dataset.id);
  page(".picked-count").replaceChildren(...(picked.size ? say("picked", { count: picked.size }) : []));
  for (const one of all(".pick-none")) one.hidden = picked.size === 0;
}

// Reading again, and removing with a way back.

export async function readAgain(id) {
  await call(`sources/${id}/read`, { method: "POST" }).then(() => dispatchEvent(new Event("yiju:adding")), complain);
}

const inRow = (id, what) => page(`.rows li[data-id="${id}"] ${what}`);

export async function remove({ id, title }) {
  const row = inRow(id, "");
  const beside = row?.nextElementSibling ?? row?.previousElementSibling;
  try {
    await call(`sources/${id}`, { method: "DELETE" });
  } catch (error) {
    return complain(error);
  }
  const wasPicked = picked.delete(id);
  showPicked();
  toast([...say("removed"), " ", element("bdi", title)], () => restore(id, wasPicked ? title : null));
  await listSources(true);
  goOn(inRow(beside?.dataset.id, ".remove"), page(".sources [name='words']"));
}

async function restore(id, pickedAs) {
  const answer = await call(`sources/${id}/restore`, { method: "POST" }).catch(complain);
  if (answer && !answer.done) toast(say("not_restored"));
  if (answer?.done && pickedAs !== null) {
    picked.set(id, pickedAs);
    showPicked();
  }
  await listSources(true);
  goOn(inRow(id, ".open"), page(".sources [name='words']"));
}

export function search(changes) {
  Object.assign(wanted, changes);
  listSources();
}

export function sortBy(name) {
  search({ sort: name, down: wanted.sort === name ? !wanted.down : ["published", "added", "size", "passages"].includes(name) });
}
