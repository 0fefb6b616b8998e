// The conversations that were kept: found, opened, named, exported and removed with a way back.

import { button, call, complain, composes, element, goOn, language, locale, named, page, say, toast } from "./dom.js";
import { currentConversation, drop, isKept, openConversation } from "./turns.js";

export async function listConversations() {
  const words = page(".conversations [name='words']").value;
  const found = await call(`conversations?words=${encodeURIComponent(words)}`).catch(complain);
  if (!found) return;
  page(".conversations ul").replaceChildren(...found.map(row));
  page(".conversations .none-kept").hidden = found.length > 0 || Boolean(words);
  page(".conversations .none-fit").hidden = found.length > 0 || !words;
}

function row(one) {
  const open = button(element("bdi", one.name), "open");
  const when = new Date(one.changed).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
  const about = element("p", [...say("exchanges", { count: one.exchanges }), ` · ${when}`], "who");
  const doing = [
    named(button(say("rename"), "rename quiet"), "rename"),
    exported(one.id, "markdown", "Markdown"),
    exported(one.id, "html", "HTML"),
    named(button("×", "remove quiet"), "remove"),
  ];
  const made = element("li", [element("div", [open, about], "what"), element("div", doing, "doing")]);
  made.dataset.conversation = one.id;
  made.dataset.name = one.name;
  return made;
}

export function exported(id, kind, text) {
  const link = element("a", text, "quiet");
  link.href = `yiju/conversations/${id}/${kind}?language=${language()}`;
  link.download = "";
  return link;
}

export function showExports() {
  const id = currentConversation();
  page(".exporting").hidden = !isKept();
  page(".exports").replaceChildren(exported(id, "markdown", "Markdown"), exported(id, "html", "HTML"));
}

export async function open(item) {
  try {
    await openConversation(item.dataset.conversation);
  } catch (error) {
    complain(error);
    return false;
  }
  showExports();
  return true;
}

const inItem = (id, what) => page(`.conversations li[data-conversation="${id}"] ${what}`);

export function rename(item) {
  const box = element("input");
  box.value = item.dataset.name;
  box.maxLength = 120;
  named(box, "rename");
  const open = item.querySelector(".open");
  let over = false;
  // The rest of the row stays as it is: what one leaves the name for may be a button of it.
  const finish = async (keep) => {
    if (over) return;
    over = true;
    box.replaceWith(open);
    const name = box.value.trim();
    if (!keep || !name || name === item.dataset.name) return;
    item.dataset.name = name;
    open.replaceChildren(element("bdi", name));
    await call(`conversations/${item.dataset.conversation}`, { method: "PATCH", body: { name } }).catch((error) => {
      complain(error);
      listConversations();
    });
  };
  box.addEventListener("keydown", (event) => {
    if (composes(event) || !["Enter", "Escape"].includes(event.key)) return;
    event.stopPropagation();
    event.preventDefault();
    finish(event.key === "Enter");
    open.focus();
  });
  box.addEventListener("blur", () => finish(true));
  open.replaceWith(box);
  box.focus();
  box.select();
}

export async function remove(item) {
  const id = item.dataset.conversation;
  const beside = item.nextElementSibling ?? item.previousElementSibling;
  const search = page(".conversations [name='words']");
  try {
    await call(`conversations/${id}`, { method: "DELETE" });
  } catch (error) {
    return complain(error);
  }
  drop(id);
  toast([...say("removed"), " ", element("bdi", item.dataset.name)], async () => {
    await call(`conversations/${id}/restore`, { method: "POST" }).catch(complain);
    await listConversations();
    goOn(inItem(id, ".open"), search);
  });
  await listConversations();
  goOn(inItem(beside?.dataset.conversation, ".remove"), search);
}
