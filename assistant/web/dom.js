// What every part of the page uses: elements, words in both languages, requests, and short messages.
// Text from sources enters by textContent, or as HTML that the server has escaped.

export const page = (selector) => document.querySelector(`#yiju ${selector}`);
export const all = (selector) => [...document.querySelectorAll(`#yiju ${selector}`)];
export const NARROW = matchMedia("(max-width: 60rem)");
export const CALM = matchMedia("(prefers-reduced-motion: reduce)");

export function element(name, inside = "", style = "") {
  const made = document.createElement(name);
  made.append(...[inside].flat().filter(Boolean));
  if (style) made.className = style;
  return made;
}

export function button(inside, style, attributes = {}) {
  const made = element("button", inside, style);
  made.type = "button";
  Object.assign(made, attributes);
  return made;
}

// Words: the server has them all; the style sheet shows one of the two languages.

const words = () => (words.read ??= JSON.parse(page("[data-words]").dataset.words));
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

export const canSay = (key) => key in words();

export function say(key, values = {}) {
  const [zh, en] = words()[key];
  const both = [element("span", filled(zh, values), "zh"), element("span", filled(en, values), "en")];
  both[0].lang = "zh";
  both[1].lang = "en";
  return both;
}

// What the program says in English alone; on the Chinese page, with who says it.
const english = (text) => Object.assign(element("span", text), { lang: "en", dir: "auto" });
export const programSays = (text) => [...say("says"), english(text)];

export function plain(key, values = {}) {
  return filled(words()[key][language() === "zh" ? 0 : 1], values);
}

export const language = () => document.documentElement.dataset.language;
// The page's language, as it is written where this browser's person lives.
export const locale = () => navigator.languages.find((one) => one.startsWith(language())) ?? language();

// Give an element a name that only assistive technology and the pointer's tip tell, in the language of the page.
export function named(made, key) {
  const [zh, en] = words()[key];
  Object.assign(made.dataset, { labelZh: zh, labelEn: en });
  made.ariaLabel = made.title = language() === "zh" ? zh : en;
  return made;
}

export function speak(language) {
  document.documentElement.dataset.language = language;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const one of all("[data-label-zh]")) one.ariaLabel = one.title = one.dataset[language === "zh" ? "labelZh" : "labelEn"];
  for (const one of all("[data-text-zh]")) one.text = one.dataset[language === "zh" ? "textZh" : "textEn"];
  for (const one of all("[data-hint-zh]")) one.placeholder = one.dataset[language === "zh" ? "hintZh" : "hintEn"];
}

// Whether a key is part of a word that an input method composes. In Safari the key that ends the word comes after it.
export const composes = (event) => event.isComposing || event.keyCode === 229;

// Where what had the focus is gone, the keyboard goes on from the first of these places that is there.
export function goOn(...places) {
  const here = document.activeElement;
  if (here && here !== document.body && here.checkVisibility()) return;
  places.find((place) => place?.checkVisibility())?.focus({ preventScroll: true });
}

// Requests. A Refusal carries what to tell the person.

export class Refusal extends Error {
  constructor(status, inside) {
    super(`refused: ${status}`);
    this.status = status;
    this.inside = inside;
  }
}

export async function call(path, { method = "GET", body } = {}) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  let answer;
  try {
    answer = await fetch(`yiju/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refusal(0, say("offline"));
  }
  if (answer.ok) return answer.json();
  throw new Refusal(answer.status, await why(answer));
}

export async function why(answer) {
  if (answer.status === 401) return say("logged_out");
  const said = await answer.json().catch(() => ({}));
  if (!said.error) return say(answer.status === 404 ? "not_there" : "program_failed");
  return [...say("program_says"), " ", english(said.error)];
}

// Short messages, with a way back where there is one.

export function toast(inside, undo) {
  const made = element("div", element("p", inside), "toast");
  const leave = () => made.remove();
  for (const one of all(".toast:not(:has(.undo))")) if (one.dataset.said === made.textContent) one.remove(); // said anew
  made.dataset.said = made.textContent;
  if (undo) {
    const back = button(say("undo"), "undo");
    back.addEventListener("click", () => (leave(), undo()));
    made.append(back);
  }
  const close = named(button("×", "close quiet"), "close");
  close.addEventListener("click", leave);
  made.append(close);
  page(".toasts").append(made);
  const wait = () => setTimeout(() => (made.matches(":hover, :focus-within") ? wait() : leave()), 12_000);
  wait();
}

export const complain = (error) => {
  if (!(error instanceof Refusal)) throw error;
  toast(error.inside);
};

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is only there over https
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function who(stated) {
  const paragraph = element("p", "", "who");
  stated.filter(Boolean).forEach((one, at) => paragraph.append(at ? " · " : "", typeof one === "string" ? element("bdi", one) : one));
  return paragraph;
}
