// Runs once, as the js_on_load of the page's "wire" component: Gradio gives `props`, `trigger` and `watch`.
// The server renders; this file only puts its parts in their places and opens sources. Text from sources enters by
// textContent, or as HTML that the server has escaped.

const page = (selector) => document.querySelector(`#yiju ${selector}`);
const RUNNING = ["loading", "searching", "reading", "writing", "checking"];
const NARROW = matchMedia("(max-width: 60rem)");
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
let current = null; // the turn that is being answered
let opener = null; // what the open source was opened from

// Language: the browser's at first, then the one that was chosen.

function speak(language) {
  document.documentElement.dataset.language = language;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  const box = page("textarea");
  box.placeholder = box.dataset[language];
}

function switchLanguage() {
  const language = document.documentElement.dataset.language === "zh" ? "en" : "zh";
  localStorage.setItem("yiju-language", language);
  speak(language);
}

// Asking.

function ask(question) {
  if (current) return;
  const turn = page("#yiju-turn").content.firstElementChild.cloneNode(true);
  turn.id = `turn-${crypto.randomUUID()}`;
  turn.querySelector(".asked").textContent = question.trim();
  page(".welcome").hidden = true;
  page(".conversation").append(turn);
  run(turn);
  turn.scrollIntoView({ block: "start", behavior: CALM.matches ? "auto" : "smooth" });
  trigger("ask", { turn: turn.id, question });
}

function run(turn) {
  current = turn;
  page(".ask").hidden = Boolean(turn);
  page(".stop").hidden = !turn;
}

function end(phase) {
  if (current) current.dataset.phase = phase;
  run(null);
}

function stop() {
  trigger("stop", { turn: current.id });
  end("stopped");
  page("textarea").focus();
}

watch("value", () => {
  const shown = props.value;
  if (!shown || !current || shown.id !== current.id) return; // of a turn that was stopped
  for (const part of current.querySelectorAll("[data-part]")) {
    const html = shown[part.dataset.part];
    if (part.shown === html) continue; // what has not changed keeps its selection and focus
    part.shown = html;
    part.innerHTML = html;
  }
  current.dataset.phase = shown.phase;
  if (!RUNNING.includes(shown.phase)) end(shown.phase);
});

addEventListener("yiju:lost", () => end("lost"));

function send() {
  const box = page("textarea");
  if (current) return;
  ask(box.value);
  box.value = "";
  fit(box);
}

function fit(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

// Sources.

async function listSources() {
  const answer = await fetch("yiju/sources");
  if (!answer.ok) return;
  const sources = await answer.json();
  page(".count").textContent = sources.length;
  for (const bare of document.querySelectorAll("#yiju .bare")) bare.hidden = sources.length > 0;
  page(".stocked").hidden = sources.length === 0;
  page(".shelf ul").replaceChildren(...sources.map(shelved));
}

function shelved(source) {
  const item = element("li");
  const open = element("button", source.title, "open");
  open.type = "button";
  open.dataset.source = source.id;
  open.dir = "auto";
  item.append(open, who([source.author, source.published, source.language]));
  return item;
}

async function openSource({ source, start = 0, end = 0 }, from) {
  opener = from.closest(".shelf") ? page(".library") : from;
  showShelf(false);
  const reader = page(".reader");
  reader.hidden = false;
  notice("opening");
  page(".reader .text").replaceChildren();
  for (const marked of document.querySelectorAll("#yiju .shown")) marked.classList.remove("shown");
  from.classList.add("shown");
  let found = null;
  try {
    const answer = await fetch(`yiju/sources/${source}?start=${start}&end=${end}`);
    if (!answer.ok) return unopened(answer.status === 404 ? "gone" : "not_opened");
    found = await answer.json();
  } catch {
    return unopened("not_opened");
  }
  notice(null);
  page("#yiju-reader-title").replaceChildren(element("bdi", found.title));
  page(".reader .who").replaceWith(who([found.author, found.published]));
  const address = found.link ? element("a", found.address) : element("span", found.address);
  if (found.link) Object.assign(address, { href: found.address, target: "_blank", rel: "noopener noreferrer" });
  page(".reader .address").replaceChildren(address);
  page(".reader .text").replaceChildren(...found.lines.map(line));
  page(".reader .text").lang = found.language;
  page(".reader .text").scrollTop = 0;
  page(".reader mark")?.scrollIntoView({ block: "center" });
  page("#yiju-reader-title").focus({ preventScroll: true });
}

function unopened(name) {
  notice(name);
  page("#yiju-reader-title").replaceChildren();
  page(".reader .who").replaceChildren();
  page(".reader .address").replaceChildren();
  page(".reader .close").focus();
}

function notice(name) {
  for (const one of document.querySelectorAll("#yiju [data-notice]")) one.hidden = one.dataset.notice !== name;
}

function line({ level, pieces }) {
  const block = element(level ? `h${Math.min(level + 2, 6)}` : "p");
  block.dir = "auto";
  block.append(...pieces.map(([text, marked]) => (marked ? element("mark", text) : text)));
  return block;
}

function who(stated) {
  const paragraph = element("p", "", "who");
  stated.filter(Boolean).forEach((one, at) => paragraph.append(at ? " · " : "", element("bdi", one)));
  return paragraph;
}

function element(name, text = "", style = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = style;
  return made;
}

function closeSource() {
  if (page(".reader").hidden) return;
  page(".reader").hidden = true;
  for (const marked of document.querySelectorAll("#yiju .shown")) marked.classList.remove("shown");
  const back = opener?.matches("button") ? opener : opener?.querySelector("button");
  back?.focus({ preventScroll: !NARROW.matches });
}

function showShelf(open) {
  page(".shelf").hidden = !open;
  page(".library").setAttribute("aria-expanded", open);
  if (open) listSources();
}

// Number and card light up together.

function light(target, on) {
  const number = target.closest?.("#yiju .turn [data-number]");
  if (!number) return;
  const same = `[data-number="${number.dataset.number}"]`;
  for (const one of number.closest(".turn").querySelectorAll(same)) one.classList.toggle("lit", on);
}

addEventListener("mouseover", (event) => light(event.target, true));
addEventListener("mouseout", (event) => light(event.target, false));
addEventListener("focusin", (event) => light(event.target, true));
addEventListener("focusout", (event) => light(event.target, false));

// One listener for every click and key.

addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(`#yiju ${selector}`);
  const place = on("[data-source]");
  if (place && (event.target.closest("button") || getSelection().isCollapsed)) openSource(place.dataset, place);
  else if (on(".example")) ask(on(".example").textContent);
  else if (on(".stop")) stop();
  else if (on(".close")) closeSource();
  else if (on(".language")) switchLanguage();
  else if (on(".library")) showShelf(page(".shelf").hidden);
});

addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("#yiju textarea");
  if (event.key === "Escape" && !event.isComposing) page(".reader").hidden ? showShelf(false) : closeSource();
  if (!typing || event.key !== "Enter" || event.shiftKey || event.isComposing) return; // Enter also ends an IME's word
  event.preventDefault();
  send();
});

addEventListener("input", (event) => event.target.matches("#yiju textarea") && fit(event.target));

(function begin() {
  if (!page(".composer")) return requestAnimationFrame(begin);
  const asked = localStorage.getItem("yiju-language");
  speak(asked ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
  listSources();
  if (!NARROW.matches) page("textarea").focus();
})();
