// Settings: kept in this browser, sent along with each question. Model files that are not here are fetched from here.

import { all, button, call, complain, element, page, programSays, say, speak } from "./dom.js";
import { size } from "./sources.js";

const kept = (name, otherwise) => localStorage.getItem(`yiju-${name}`) ?? otherwise;
let offered = { models: [], largest: 0, suffixes: [] };
let watching = false;

export const limits = () => offered;
export const chosen = () => ({ model: kept("model", ""), strictness: kept("strictness", null) }); // null: as Yiju is set

export async function loadSettings() {
  const answer = await call("settings").catch(complain);
  if (!answer) return;
  offered = answer;
  page(".models").replaceChildren(...offered.models.map(model));
  for (const one of all(".settings [name='strictness']")) one.checked = one.value === kept("strictness", offered.strictness);
  for (const name of ["theme", "size"]) {
    for (const one of all(`.settings [name='${name}']`)) one.checked = one.value === kept(name, name === "theme" ? "" : "100");
  }
  for (const one of all(".settings [name='language']")) one.checked = one.value === document.documentElement.dataset.language;
  page(".account").hidden = !offered.account;
  page(".account-name").textContent = offered.account;
  const mine = offered.models.find((one) => one.name === current());
  const away = page(".composer .arriving");
  away.hidden = !mine || mine.state === "ready";
  if (mine) away.replaceChildren(...say(mine.state === "fetching" ? "arriving" : "not_here", told(mine)));
  if (offered.models.some((one) => one.state === "fetching")) watch();
}

const current = () => (offered.models.some((one) => one.name === kept("model", "")) ? kept("model", "") : offered.models[0]?.name);

const told = (one) => ({ model: one.name, size: size(one.bytes), share: Math.floor((100 * one.done) / (one.bytes || 1)) });

function model(one) {
  const choice = element("input");
  Object.assign(choice, { type: "radio", name: "model", value: one.name, checked: one.name === current() });
  const key = { embedded: "model_embedded", "embedded-small": "model_small", none: "model_none" }[one.name] ?? "model_other";
  const inside = [element("strong", one.name), " ", element("span", say(key), "about")];
  const made = element("div", element("label", [choice, element("span", inside)]), "model");
  if (one.state === "fetching") {
    const bar = element("progress");
    Object.assign(bar, { max: one.bytes, value: one.done, ariaLabel: one.name });
    made.append(bar, element("span", say("arriving", told(one)), "state"));
  } else if (one.state === "missing") {
    const get = button(say("get_model", told(one)), "get plain");
    get.dataset.model = one.name;
    made.append(get);
    if (one.problem) made.append(element("p", programSays(one.problem), "problem"));
  }
  return made;
}

export async function getModel(name) {
  await call(`models/${encodeURIComponent(name)}`, { method: "POST" }).catch(complain);
  loadSettings();
}

async function watch() {
  if (watching) return;
  watching = true;
  await new Promise((later) => setTimeout(later, 1000));
  watching = false;
  loadSettings();
}

export function set(name, value) {
  localStorage.setItem(`yiju-${name}`, value);
  if (name === "model") loadSettings();
  else apply();
}

export function apply() {
  const root = document.documentElement;
  root.dataset.theme = kept("theme", "");
  root.style.fontSize = `${Number(kept("size", "100")) || 100}%`;
  speak(kept("language", navigator.language.startsWith("zh") ? "zh" : "en"));
}
