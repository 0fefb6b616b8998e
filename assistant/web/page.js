// The page: its views, and the one place that says what a click and a key do.

import * as adding from "./adding.js";
import * as conversations from "./conversations.js";
import { NARROW, all, composes, language, page } from "./dom.js";
import * as reader from "./reader.js";
import * as settings from "./settings.js";
import * as sources from "./sources.js";
import * as turns from "./turns.js";

const VIEWS = {
  ask: () => conversations.showExports(),
  sources: () => (sources.listSources(true), sources.dropGone()),
  conversations: () => conversations.listConversations(),
  settings: () => settings.loadSettings(),
};

const scrolled = {}; // how far each view was when it was left

function view(name, { remember = true } = {}) {
  if (!Object.hasOwn(VIEWS, name)) name = "ask";
  reader.closeSource();
  const left = page("[data-view]:not([hidden])").dataset.view;
  if (left !== name) scrolled[left] = scrollY;
  for (const one of all("[data-view]")) one.hidden = one.dataset.view !== name;
  for (const one of all("[data-goes]")) one.ariaCurrent = one.dataset.goes === name ? "page" : null;
  const hash = name === "ask" ? "" : `#${name}`;
  if (remember && location.hash !== hash) history.pushState(null, "", hash || location.pathname + location.search);
  if (left !== name) scrollTo(0, scrolled[name] ?? 0);
  VIEWS[name]();
  if (name === "ask" && !NARROW.matches) page(".composer textarea").focus();
}

function send() {
  const box = page(".composer textarea");
  if (turns.isAsking()) return turns.sayBusy();
  turns.sent(box.value);
  box.value = "";
  sessionStorage.removeItem("yiju-typed");
  fit(box);
  conversations.showExports();
}

function ask(question) {
  view("ask");
  turns.ask(question);
  conversations.showExports();
}

function fit(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

const onTurn = (how) => (one) => how(one.closest(".turn"));
const onItem = (how) => (one) => how(one.closest("li"));

// Stop stands where Ask was: the second click of a double one is still meant for Ask.
const TWICE = 500; // ms
let clicked = 0; // when Ask was

const CLICKS = [
  [".reader .text mark[role], .reader .box", reader.backToAnswer],
  [".conversations .open", onItem(async (item) => (await conversations.open(item)) && (view("ask"), turns.showLast()))],
  [".conversations .rename", onItem(conversations.rename)],
  [".conversations .remove", onItem(conversations.remove)],
  [".rows .again", (one) => sources.readAgain(one.dataset.id)],
  [".rows .remove", (one) => sources.remove(one.dataset)],
  ["[data-goes]", (one) => view(one.dataset.goes)],
  [".example", (one) => ask([...one.childNodes].find((part) => part.lang === language() || part.className === language())?.textContent ?? one.textContent)],
  [".composer .stop", () => Date.now() - clicked > TWICE && turns.stop()],
  [".new", () => (turns.begin(), view("ask"))],
  [".retry", onTurn(turns.retry)],
  [".edit", onTurn(turns.edit)],
  [".editing .cancel", turns.editNone],
  [".copy", turns.copy],
  [".verdict-good", (one) => turns.judge(one, "good")],
  [".verdict-bad", (one) => turns.judge(one, "bad")],
  [".reader .close", reader.leaveSource],
  [".reader .ways button", (one) => reader.way(one.dataset.way)],
  [".reader .earlier", () => reader.turnPage(-1)],
  [".reader .later", () => reader.turnPage(1)],
  [".reader .quote-before", () => reader.turnQuote(-1)],
  [".reader .quote-after", () => reader.turnQuote(1)],
  [".sources [data-sort]", (one) => sources.sortBy(one.dataset.sort)],
  [".pick-fitting", sources.pickFitting],
  [".pick-none", sources.pickNone],
  [".choose-files", () => page("input.files").click()],
  [".choose-folder", () => page("input.folder").click()],
  [".intake .dismiss", adding.dismiss],
  [".settings .get", (one) => settings.getModel(one.dataset.model)],
];

addEventListener("click", (event) => {
  const inPage = event.target.closest?.("#yiju *");
  if (!inPage) return;
  for (const [selector, act] of CLICKS) {
    const one = event.target.closest(selector);
    if (one) return act(one);
  }
  const place = event.target.closest("[data-source]");
  if (place && (event.target.closest("button") || getSelection().isCollapsed)) reader.openSource(place.dataset, place);
});

addEventListener("submit", (event) => {
  if (!event.target.closest("#yiju")) return;
  if (event.target.matches(".leave")) return sessionStorage.clear(); // whoever comes next begins anew
  event.preventDefault();
  if (event.target.matches(".composer")) (send(), (clicked = Date.now()));
  if (event.target.matches(".pasted")) adding.paste();
});

addEventListener("keydown", (event) => {
  const { target, key } = event;
  const typing = target.matches?.("#yiju :is(textarea, input:not([type]), input[type='search'])");
  if (key === "Escape" && !composes(event)) reader.leaveSource();
  const alone = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!typing && reader.isOpen() && (key === "ArrowLeft" || key === "ArrowRight") && alone) {
    if (!target.matches("[role='radio'], input, select")) reader.turnQuote(key === "ArrowLeft" ? -1 : 1);
  }
  if (key === "Enter" && target.matches?.("#yiju .reader mark[role]")) {
    event.preventDefault(); // else the number that gets the focus is pressed by the same key
    reader.backToAnswer(target);
  }
  if (!target.matches?.(".composer textarea") || key !== "Enter" || event.shiftKey || composes(event)) return; // Enter also ends an IME's word
  event.preventDefault();
  send();
});

let typed = 0;
addEventListener("input", (event) => {
  if (event.target.matches("#yiju .composer textarea")) {
    fit(event.target);
    sessionStorage.setItem("yiju-typed", event.target.value);
  }
  if (event.target.matches("#yiju .pasted textarea")) adding.showPasted();
  if (!event.target.matches("#yiju input[type='search']")) return;
  clearTimeout(typed);
  typed = setTimeout(() => {
    if (event.target.closest(".sources")) sources.search({ words: event.target.value });
    else conversations.listConversations();
  }, 200);
});

addEventListener("change", (event) => {
  const one = event.target;
  if (one.matches("#yiju .pick")) sources.pick(one);
  else if (one.matches("#yiju .sources select")) sources.search({ [one.name]: one.value });
  else if (one.matches("#yiju input[type='file']")) (adding.chosenFiles(one), (one.value = ""));
  else if (one.matches("#yiju .settings input")) settings.set(one.name, one.value);
});

// Files may be dropped anywhere.

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  page(".drop")?.classList.add("over");
});
addEventListener("dragleave", (event) => event.relatedTarget ?? page(".drop")?.classList.remove("over"));
addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  page(".drop").classList.remove("over");
  const found = adding.dropped(event.dataTransfer); // the browser empties it when this listener is done
  view("sources");
  return found;
});

addEventListener("yiju:adding", adding.watch);
addEventListener("yiju:asked", () => (conversations.showExports(), sources.dropGone()));
addEventListener("focus", sources.dropGone);
document.addEventListener("visibilitychange", () => document.hidden || sources.dropGone());
addEventListener("popstate", () => view(location.hash.slice(1), { remember: false }));

(async function start() {
  while (!page(".composer") || !window.yijuWire) await new Promise(requestAnimationFrame);
  settings.apply();
  const box = page(".composer textarea");
  box.disabled = false;
  box.value = sessionStorage.getItem("yiju-typed") ?? "";
  fit(box);
  sources.showPicked();
  view(location.hash.slice(1), { remember: false });
  await Promise.all([settings.loadSettings(), sources.countSources(), sources.dropGone(), turns.resume(), adding.peek()]);
  conversations.showExports();
  document.documentElement.dataset.ready = "";
})();
