// Asking: one question of this page at a time, its turn shown as the server tells of it, also after a lost connection.

import { CALM, Refusal, all, button, call, canSay, complain, element, goOn, language, newId, page, say, toast } from "./dom.js";
import { again, focusOn, markOpened } from "./reader.js";
import { only } from "./sources.js";
import { chosen } from "./settings.js";

const RUNNING = ["loading", "searching", "waiting", "reading", "writing", "checking"];
const SILENCE = 2_500; // ms without a word from the server, after which it is asked
const MOST_BEFORE = 8; // turns that a question may lean on, as the server takes them
const LOOKS = 300; // ms between two looks at an answer when there is no stream
const asking = { turn: null, heard: 0, asked: null, known: false };
let deaf = false; // the stream broke: from then on the server is asked, again and again
const left = new Map(); // conversation → the turn that is being answered in it while the page shows another

let conversation = sessionStorage.getItem("yiju-conversation") ?? "";

export const isAsking = () => Boolean(asking.turn);
export const sayBusy = () => toast(say("one_at_a_time"));

// `before`: the ids of the turns that it follows, and may lean on.
export function ask(question, before = answered()) {
  if (asking.turn) return sayBusy();
  editNone();
  const turn = add(newId(), question.trim(), before);
  conversation ||= newId();
  run(turn);
  turn.scrollIntoView({ block: "start", behavior: CALM.matches ? "auto" : "smooth" });
  asking.asked = { turn: turn.dataset.id, question, conversation, only: only(), before, ...chosen() };
  if (deaf) look();
  else window.yijuWire.ask(asking.asked);
}

const answered = () => all(".turn[data-phase='done']").slice(-MOST_BEFORE).map((turn) => turn.dataset.id);
const beforeOf = (turn) => turn.dataset.before.split(" ").filter(Boolean);

function add(id, question, before) {
  const turn = document.querySelector("#yiju-turn").content.firstElementChild.cloneNode(true);
  turn.dataset.id = id;
  turn.dataset.before = before.join(" ");
  turn.querySelector(".asked").textContent = question;
  page(".welcome").hidden = true;
  page(".held").hidden = false;
  page(".conversation").append(turn);
  return turn;
}

function run(turn) {
  Object.assign(asking, { turn, heard: Date.now(), known: false });
  if (turn) sessionStorage.setItem("yiju-running", turn.dataset.id);
  else sessionStorage.removeItem("yiju-running");
  if (turn) page(".outcome").replaceChildren();
  page(".ask").hidden = Boolean(turn);
  page(".stop").hidden = !turn;
}

function end(phase) {
  if (asking.turn) {
    asking.turn.dataset.phase = phase;
    const outcome = asking.turn.querySelector(".refused") ? "refused" : phase;
    if (canSay(outcome)) page(".outcome").replaceChildren(...say(outcome)); // a failure is said where it stands
  }
  if (phase === "done") sessionStorage.setItem("yiju-conversation", conversation); // now it is kept
  run(null);
  dispatchEvent(new Event("yiju:asked"));
}

export function stop() {
  if (!asking.turn) return;
  call(`runs/${asking.turn.dataset.id}/stop`, { method: "POST" }).catch(complain);
  end("stopped");
  page(".composer textarea").focus();
}

function show(turn, shown) {
  for (const part of turn.querySelectorAll("[data-part]")) {
    const html = shown[part.dataset.part];
    if (part.shown === html) continue; // what has not changed keeps its selection and focus
    part.shown = html;
    const left = part.contains(document.activeElement) ? document.activeElement.closest("[data-source]")?.dataset : null;
    part.innerHTML = html;
    if (left) focusOn(again(part, left));
  }
  markOpened(turn);
  turn.dataset.phase = shown.phase;
  turn.toggleAttribute("data-kept", Boolean(shown.kept));
  if (shown.verdict) press(turn, shown.verdict);
}

function press(turn, verdict) {
  for (const one of turn.querySelectorAll(".actions [aria-pressed]")) {
    one.ariaPressed = one.classList.contains(`verdict-${verdict}`);
  }
}

function hear(shown) {
  if (!shown || shown.id !== asking.turn?.dataset.id) return; // of a turn that was stopped
  Object.assign(asking, { heard: Date.now(), known: true });
  asking.turn.classList.remove("away");
  show(asking.turn, shown);
  if (!RUNNING.includes(shown.phase)) end(shown.phase);
}

addEventListener("yiju:shown", (event) => hear(event.detail));
addEventListener("yiju:lost", () => { // Gradio's stream broke off
  deaf = true;
  if (asking.turn) look();
});

// The stream may break while the server goes on with the answer: then it is asked what it has, and told the question
// when it never heard it.
setInterval(() => {
  if (asking.turn && Date.now() - asking.heard > (deaf ? LOOKS : SILENCE)) look();
}, 200);

async function look() {
  const turn = asking.turn;
  asking.heard = Date.now();
  try {
    const known = asking.known || !asking.asked;
    const shown = known ? await call(`runs/${turn.dataset.id}`) : await call("runs", { method: "POST", body: asking.asked });
    if (turn !== asking.turn) return;
    if (!known) deaf = true;
    hear(shown);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (turn !== asking.turn) return;
    if (error.status === 0) turn.classList.add("away");
    else end("lost");
  }
}

// A conversation that was kept.

export async function openConversation(id) {
  if (asking.turn && id === conversation) return;
  const found = await call(`conversations/${id}`);
  begin();
  conversation = found.id;
  sessionStorage.setItem("yiju-conversation", conversation);
  for (const one of found.turns) show(add(one.id, one.question, one.before), one);
  if (left.has(id)) await takeUp(left.get(id));
  left.delete(id);
  showLast();
}

// Show a turn that the server has under way, and go on with it.
async function takeUp(id) {
  const here = conversation;
  const found = await call(`runs/${id}`).catch(() => null);
  if (!found || asking.turn || here !== conversation || page(`.turn[data-id="${CSS.escape(id)}"]`)) return;
  conversation = found.conversation;
  run(add(id, found.question, found.before));
  asking.known = true;
  hear(found);
}

export const showLast = () => all(".turn").at(-1)?.scrollIntoView({ block: "start" });

// What was asked in the same conversation elsewhere, in another tab, is shown when one comes back to this one.
async function catchUp() {
  if (document.hidden || asking.turn || !conversation) return;
  const listed = await call("conversations").catch(() => []);
  const kept = listed.find((one) => one.id === conversation)?.exchanges ?? 0;
  if (kept <= all(".turn[data-phase='done']").length) return;
  const found = await call(`conversations/${conversation}`).catch(() => null);
  if (asking.turn || found?.id !== conversation) return;
  let last = null;
  for (const one of found.turns) {
    let turn = page(`.turn[data-id="${CSS.escape(one.id)}"]`);
    if (!turn) {
      turn = add(one.id, one.question, one.before);
      if (last) last.after(turn);
    }
    show(turn, one);
    last = turn;
  }
}

addEventListener("focus", catchUp);
document.addEventListener("visibilitychange", catchUp);

// What is being answered goes on, and is kept in the conversation that it was asked in.
export function begin() {
  if (asking.turn) {
    left.set(conversation, asking.turn.dataset.id);
    run(null);
    toast(say("goes_on"));
  }
  editNone();
  for (const turn of all(".turn")) turn.remove();
  conversation = "";
  sessionStorage.removeItem("yiju-conversation");
  page(".welcome").hidden = false;
  page(".held").hidden = true;
}

// Of a conversation that was removed nothing more is to come.
export function drop(id) {
  if (left.has(id)) call(`runs/${left.get(id)}/stop`, { method: "POST" }).catch(complain);
  left.delete(id);
  if (id !== conversation) return;
  stop();
  begin();
}

export const currentConversation = () => conversation;
export const isKept = () => Boolean(page(".turn[data-kept]")); // something of it: a question alone is not

export async function resume() {
  const running = sessionStorage.getItem("yiju-running");
  if (conversation) await openConversation(conversation).catch((error) => (begin(), error.status === 404 ? null : complain(error)));
  if (!running) return;
  await takeUp(running);
  if (asking.turn) deaf = true; // it is of an earlier page's stream
  else sessionStorage.removeItem("yiju-running");
}

// What can be done with an answer.

// Asked again, or in other words, a question follows what came before it and nothing that came after.
export function retry(turn) {
  ask(turn.querySelector(".asked").textContent, beforeOf(turn));
}

export const sent = (question) => ask(question, edited ? beforeOf(edited) : undefined);

let edited = null;

export function editNone() {
  edited = null;
  page(".editing").hidden = true;
}

export function edit(turn) {
  edited = turn;
  page(".editing").hidden = false;
  const box = page(".composer textarea");
  box.value = turn.querySelector(".asked").textContent;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

export async function copy(from) {
  const text = from.dataset[language() === "zh" ? "copyZh" : "copyEn"];
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = element("textarea"); // over plain http there is no clipboard to write to
    box.value = text;
    document.body.append(box);
    box.select();
    done = document.execCommand("copy");
    box.remove();
    from.focus();
  }
  toast(say(done ? "copied" : "not_copied"));
}

export async function judge(from, verdict, note = "") {
  const turn = from.closest(".turn");
  try {
    await call("feedback", { method: "POST", body: { conversation, turn: turn.dataset.id, verdict, note } });
  } catch (error) {
    return complain(error);
  }
  press(turn, verdict);
  if (note || verdict === "good") {
    turn.querySelector(".judging")?.remove();
    goOn(turn.querySelector(".verdict-bad"));
    return toast(say("judged"));
  }
  if (!turn.querySelector(".judging")) askWhy(turn);
}

function askWhy(turn) {
  const box = element("textarea");
  box.rows = 2;
  box.maxLength = 2000;
  const label = element("label", [...say("what_was_wrong"), box]);
  const keep = button(say("keep"), "plain");
  const form = element("div", [label, keep], "judging");
  keep.addEventListener("click", () => {
    if (box.value.trim()) return judge(form, "bad", box.value);
    form.remove();
    goOn(turn.querySelector(".verdict-bad"));
  });
  turn.querySelector(".actions").after(form);
  box.focus();
}
