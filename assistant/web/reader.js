// A source, opened at the words that an answer rests on: as text, and a PDF as the picture of its page.
// Number, card and place are one thing: each lights up the others, and leads to them by click and by key.

import { NARROW, Refusal, all, call, element, page, say, who } from "./dom.js";

let opener = null; // what the open source was opened from
let open = null; // { id, place, turn, found, page }

export const isOpen = () => !page(".reader").hidden;

// `place` is what a number or card carries: { source, start, end, number }.
export async function openSource(place, from) {
  opener = from;
  const turn = from.closest(".turn") ?? null;
  const asked = (open = { id: place.source, place, turn, found: null, page: 1 });
  page(".reader").hidden = false;
  if (NARROW.matches && !history.state?.source) history.pushState({ source: true }, ""); // it covers the page: Back closes it
  cover();
  if (NARROW.matches) page(".reader .close").focus(); // what had the focus is covered
  notice("opening");
  page(".reader .text").replaceChildren();
  page(".reader .picture").replaceChildren();
  page(".reader .ways").hidden = page(".reader .pager").hidden = true;
  page(".reader .next-quotes").hidden = !turn || places(turn).length < 2;
  light(null);
  for (const marked of all(".shown")) marked.classList.remove("shown");
  if (turn) markOpened(turn);
  else from.classList.add("shown");
  let found;
  try {
    found = await call(`sources/${place.source}?${marksOf(place, turn)}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (asked === open) unopened(error.status === 404 ? "gone" : "not_opened");
    return;
  }
  if (asked !== open) return; // another was opened meanwhile
  open.found = found;
  open.page = found.page;
  notice(null);
  head(found);
  showText(found, place.number);
  const drawn = found.pages && (await showPage(found.page));
  if (asked !== open) return;
  if (drawn) page(".reader .ways").hidden = false;
  else way("text");
  page("#yiju-reader-title").focus({ preventScroll: true });
}

// Also when its parts are made anew, as while an answer is written.
export function markOpened(turn) {
  if (turn !== open?.turn) return;
  for (const one of turn.querySelectorAll(same(open.place.number))) one.classList.add("shown");
}

// The number or card of a turn that leads to the same as one that is no longer there.
export function again(turn, { number, source }, kind = ".card") {
  const some = [...turn.querySelectorAll(`:is(.cite, .card)${same(number)}`)].filter((one) => one.dataset.source === source);
  const found = some.find((one) => one.matches(kind)) ?? some[0];
  const fold = found?.closest("details");
  if (fold) fold.open = true;
  return found;
}

// What an answer rests on, or is being written from; not what is folded away.
function places(turn) {
  const of = new Map();
  for (const one of turn.querySelectorAll(".cite, .card:not(.fold *)")) if (!of.has(one.dataset.number)) of.set(one.dataset.number, one);
  return [...of.values()].sort((one, other) => one.dataset.number - other.dataset.number);
}

// The place itself first, then the other quotes of the same answer in this source.
function marksOf(place, turn) {
  const others = turn ? places(turn).filter((one) => one.dataset.source === place.source && one.dataset.number !== place.number) : [];
  const marks = [place, ...others.map((one) => one.dataset)].filter((one) => Number(one.end) > 0);
  return marks.map((one) => `mark=${one.number ?? 1}:${one.start}:${one.end}`).join("&");
}

export function turnQuote(step) {
  if (!open?.turn) return;
  const all = places(open.turn);
  const at = all.findIndex((one) => one.dataset.number === open.place.number);
  const next = all[(at + step + all.length) % all.length];
  openSource(next.dataset, next);
}

function head(found) {
  page("#yiju-reader-title").replaceChildren(element("bdi", found.title));
  page(".reader .who").replaceWith(who([found.author, found.published]));
  const address = element(found.link ? "a" : "span", found.address);
  if (found.link) Object.assign(address, { href: found.address, target: "_blank", rel: "noopener noreferrer" });
  page(".reader .address").replaceChildren(address);
}

function showText(found, number) {
  const text = page(".reader .text");
  text.replaceChildren(...found.lines.map(line));
  text.lang = found.language;
  const seen = new Set();
  for (const mark of text.querySelectorAll("mark[role]")) {
    mark.classList.toggle("first", !seen.has(mark.dataset.number)); // it bears the number, once
    seen.add(mark.dataset.number);
  }
  text.scrollTop = 0;
  centre(text.querySelector(`mark${same(number ?? 1)}`));
}

function line({ level, pieces }) {
  const block = element(level ? `h${Math.min(level + 2, 6)}` : "p");
  block.dir = "auto";
  let order = null; // a planted sentence may come in several pieces: what is quoted of it, and the rest
  for (const [text, number, planted] of pieces) {
    const piece = number ? marked(text, number) : text;
    if (!planted) {
      order = null;
      block.append(piece);
    } else if (order) order.append(piece);
    else block.append((order = element("span", piece, "planted")), element("span", say("planted"), "planted-note"));
  }
  return block;
}

function marked(text, number) {
  const made = element("mark", text);
  made.dataset.number = number;
  if (!open.turn) return made;
  made.tabIndex = 0;
  made.role = "button";
  made.classList.toggle("here", String(number) === open.place.number);
  return made;
}

// A page of a PDF: the server draws it and says where the words stand.

export async function showPage(number) {
  const asked = open;
  const { place, page: before } = asked;
  count(number); // at once, so that the next click goes on from there
  let drawn;
  try {
    drawn = await call(`sources/${open.id}/pages/${number}?start=${place.start ?? 0}&end=${place.end ?? 0}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (asked === open && asked.page === number) count(before);
    return false; // the file went or changed: its text is still there
  }
  if (asked !== open || asked.page !== number) return true; // another was asked for meanwhile
  const image = element("img");
  image.alt = "";
  Object.assign(image, { width: drawn.width, height: drawn.height, src: `data:image/png;base64,${drawn.png}` });
  const boxes = drawn.boxes.map((box) => boxed(box, drawn, place.number));
  page(".reader .picture").replaceChildren(element("div", [image, ...boxes], "sheet"));
  page(".reader .pager").hidden = open.found.pages < 2;
  way("page");
  centre(boxes[0]);
  return true;
}

function count(number) {
  open.page = number;
  page(".reader .page-now").replaceChildren(...say("page_of", { page: number, pages: open.found.pages }));
  page(".reader .earlier").disabled = number <= 1;
  page(".reader .later").disabled = number >= open.found.pages;
}

function boxed([left, top, right, bottom], drawn, number) {
  const made = element("mark", "", "box");
  const share = (part, of) => `${(100 * part) / of}%`;
  Object.assign(made.style, {
    left: share(left, drawn.width), top: share(top, drawn.height),
    width: share(right - left, drawn.width), height: share(bottom - top, drawn.height),
  });
  made.dataset.number = number ?? 1;
  return made;
}

export const turnPage = (step) => showPage(open.page + step);

export function way(which) {
  page(".reader").dataset.way = which;
  for (const one of all(".reader .ways button")) one.ariaPressed = one.dataset.way === which;
  page(".reader .pager").hidden = which !== "page" || !open?.found || open.found.pages < 2;
  if (which === "text") centre(page(`.reader .text mark${same(open?.place.number ?? 1)}`));
}

function centre(place) {
  place?.scrollIntoView({ block: "center", inline: "nearest" });
}

function notice(name) {
  for (const one of all("[data-notice]")) one.hidden = one.dataset.notice !== name;
}

function unopened(name) {
  notice(name);
  page("#yiju-reader-title").replaceChildren();
  page(".reader .who").replaceChildren();
  page(".reader .address").replaceChildren();
  page(".reader .close").focus();
}

// What the open source was opened from, or what stands in its place now.
function whence() {
  if (opener.isConnected) return opener;
  return open.turn ? again(open.turn, open.place, opener.matches(".card") ? ".card" : ".cite") : page(`.rows .open[data-source="${open.id}"]`);
}

export function closeSource() {
  if (!isOpen()) return;
  page(".reader").hidden = true;
  cover();
  const from = whence();
  open = null;
  for (const marked of all(".shown")) marked.classList.remove("shown");
  focusOn(from, { preventScroll: !NARROW.matches });
}

// By its button or its key; its step in the browser's history goes with it.
export function leaveSource() {
  if (!isOpen()) return;
  closeSource();
  if (history.state?.source) history.back();
}

export function focusOn(place, how = { preventScroll: true }) {
  (place?.matches("button") ? place : place?.querySelector("button"))?.focus(how);
}

// On a narrow screen the source covers the page, for keys and screen readers, too.
function cover() {
  const covered = isOpen() && NARROW.matches;
  page(".reader").ariaModal = covered ? "true" : null;
  for (const one of all(".bar, .view")) one.inert = covered;
}
NARROW.addEventListener("change", cover);

// From a place in the source back to the number of the answer that rests on it.
export function backToAnswer(mark) {
  const of = open?.turn;
  const target = of?.querySelector(`.cite${same(mark.dataset.number)}`) ?? of?.querySelector(`.card${same(mark.dataset.number)} button`);
  if (!target) return;
  if (NARROW.matches) leaveSource();
  target.scrollIntoView({ block: "nearest" });
  target.focus({ preventScroll: true });
}

const same = (number) => `[data-number="${CSS.escape(String(number))}"]`;

// Number, card and place light up together.
function light(target) {
  for (const lit of all(".lit")) lit.classList.remove("lit");
  const one = target?.closest?.("#yiju :is(.turn, .reader) [data-number]");
  if (!one) return;
  const turn = one.closest(".turn") ?? open?.turn;
  const inTurn = turn?.querySelectorAll(same(one.dataset.number)) ?? [];
  const source = [...inTurn][0]?.dataset.source;
  const inSource = turn && turn === open?.turn && source === open.id ? all(`.reader mark${same(one.dataset.number)}`) : [];
  for (const other of [...inTurn, ...inSource]) other.classList.add("lit");
}

addEventListener("mouseover", (event) => light(event.target));
addEventListener("focusin", (event) => light(event.target));
addEventListener("focusout", () => light(null));
