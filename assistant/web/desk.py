"""The frame of the page, in both languages: what page.js and its modules fill."""

import json
from html import escape

from assistant.gate import TRAINED
from assistant.settings import STRICTNESS
from assistant.web import words

_VIEWS = ("ask", "sources", "conversations", "settings")
_NOTICES = ("opening", "gone", "not_opened")


def desk() -> str:
    """Return the page itself, empty."""
    tabs = "".join(
        f'<button type="button" class="tab quiet" data-goes="{name}">{words.both(f"view_{name}")}'
        f"{_COUNT if name == 'sources' else ''}</button>"
        for name in _VIEWS
    )
    spoken = escape(json.dumps(words.for_scripts(), ensure_ascii=False))
    return f"""
<div data-words="{spoken}" hidden></div>
<p class="outcome unseen" role="status"></p>
<header class="bar">
  <h1><span lang="zh">依据</span> <span class="latin">Yiju</span></h1>
  <nav {_label("views")}>{tabs}</nav>
</header>
{_ask()}{_sources()}{_conversations()}{_settings()}{_reader()}
<div class="toasts" role="status"></div>
{_TURN.format(**{name: words.both(name) for name in ("searching", "stopped", "lost", "away", "retry", "edit")})}"""


_COUNT = ' <span class="count"></span>'


def _ask() -> str:
    both = words.both
    return f"""
<section class="view" data-view="ask">
  <main class="conversation">
    <div class="held" hidden><button type="button" class="new plain">{both("new")}</button>
      <span class="exporting">{both("export")} <span class="exports"></span></span></div>
    <section class="welcome">
      <h2>{both("tagline")}</h2>
      <div class="bare" hidden><p>{both("no_sources")}</p>
        <button type="button" class="plain" data-goes="sources">{both("add_sources")}</button></div>
      <div class="stocked"><p>{both("how")}</p><p>{both("follow_ups")}</p>
        <div class="tried" hidden><p class="label">{both("try")}</p><ul class="examples"></ul></div></div>
    </section>
  </main>
  <form class="composer">
    <p class="arriving" hidden></p>
    <p class="only" hidden><span class="only-what"></span>
      <button type="button" class="pick-none quiet">{both("use_all")}</button></p>
    <p class="editing" hidden><span>{both("editing")}</span>
      <button type="button" class="cancel quiet">{both("cancel")}</button></p>
    <label for="yiju-question">{both("question")}</label>
    <textarea id="yiju-question" rows="1" {_hint("placeholder")} autocomplete="off" disabled></textarea>
    <button type="submit" class="ask">{both("ask")}</button>
    <button type="button" class="stop" hidden>{both("stop")}</button>
  </form>
</section>"""


def _sources() -> str:
    both = words.both
    heads = "".join(
        f'<button type="button" class="{column}" data-sort="{sort}">{both(f"sort_{sort}")}</button>'
        if sort
        else f'<span class="{column}">{both(f"column_{column}")}</span>'
        for column, sort in (
            ("what", "title"),
            ("published", "published"),
            ("language", ""),
            ("kind", ""),
            ("bytes", "size"),
            ("passages", "passages"),
        )
    )
    return f"""
<section class="view sources" data-view="sources" hidden>
  <div class="adding">
    <div class="drop">
      <p>{both("drop")}</p>
      <button type="button" class="choose-files plain">{both("choose_files")}</button>
      <button type="button" class="choose-folder plain">{both("choose_folder")}</button>
      <input type="file" class="files" multiple hidden {_label("choose_files")}>
      <input type="file" class="folder" webkitdirectory hidden {_label("choose_folder")}>
    </div>
    <form class="pasted">
      <label>{both("paste")}<textarea rows="1" {_hint("paste_hint")}></textarea></label>
      <label class="titled" hidden>{both("paste_title")}<input maxlength="300"></label>
      <button type="submit" class="plain">{both("add")}</button>
    </form>
    <div class="intake" hidden>
      <p><span class="intake-line" role="status"></span>
        <button type="button" class="dismiss quiet">{both("dismiss")}</button></p>
      <progress {_label("adding_now")}></progress><ul></ul>
    </div>
  </div>
  <div class="finding" role="search">
    <input type="search" name="words" {_label("find_sources")} {_hint("find_sources")}>
    <select name="language" {_label("column_language")}><option value="" {_option("any_language")}></option></select>
    <select name="kind" {_label("column_kind")}><option value="" {_option("any_kind")}></option></select>
    <span class="fitting" role="status"></span>
    <button type="button" class="pick-fitting quiet">{both("pick_fitting")}</button>
    <button type="button" class="pick-none quiet" hidden>{both("pick_none")}</button>
    <span class="picked-count"></span>
  </div>
  <div class="heads">{heads}</div>
  <div class="rows" tabindex="0" role="group" {_label("sources")}></div>
  <p class="none-fit" hidden>{both("none_fit")}</p>
  <p class="bare" hidden>{both("no_sources_here")}</p>
</section>"""


def _conversations() -> str:
    return f"""
<section class="view conversations" data-view="conversations" hidden>
  <div class="finding" role="search">
    <input type="search" name="words" {_label("find_conversations")} {_hint("find_conversations")}>
    <button type="button" class="new plain">{words.both("new")}</button>
  </div>
  <ul></ul>
  <p class="none-kept" hidden>{words.both("none_kept")}</p>
  <p class="none-fit" hidden>{words.both("none_fit")}</p>
</section>"""


def _settings() -> str:
    both = words.both
    strictness = "".join(
        _choice("strictness", name, both(name), both(f"means_{name}", **_figures(name))) for name in STRICTNESS
    )
    languages = _choice("language", "zh", '<span lang="zh">中文</span>') + _choice(
        "language", "en", '<span lang="en">English</span>'
    )
    themes = "".join(
        _choice("theme", value, both(f"theme_{name}"))
        for value, name in (("", "system"), ("light", "light"), ("dark", "dark"))
    )
    sizes = "".join(
        _choice("size", value, f'<span style="font-size:{int(value) / 100}em">{both(f"size_{value}")}</span>')
        for value in ("100", "115", "130")
    )
    return f"""
<section class="view settings" data-view="settings" hidden>
  <fieldset><legend>{both("model")}</legend><div class="models"></div></fieldset>
  <fieldset><legend>{both("strictness")}</legend><p class="about">{both("strictness_about")}</p>{strictness}</fieldset>
  <fieldset class="row"><legend>{both("language")}</legend>{languages}</fieldset>
  <fieldset class="row"><legend>{both("theme")}</legend>{themes}</fieldset>
  <fieldset class="row"><legend>{both("size")}</legend>{sizes}</fieldset>
  <form class="account leave" method="post" action="yiju/login" hidden>
    <p>{both("logged_in")} <bdi class="account-name"></bdi></p>
    <button type="submit" name="leave" value="1" class="plain">{both("log_out")}</button>
  </form>
</section>"""


def _figures(strictness: str) -> dict[str, str]:
    """Return what the gate's lines let through, for the words about a strictness."""
    lines = next(lines for name, lines in TRAINED.lines.items() if name == strictness)
    return {"kept": f"{lines.kept:.0%}", "held": f"{lines.held_back:.0%}"}


def _reader() -> str:
    both = words.both
    notices = "".join(f'<p data-notice="{name}" hidden>{both(name)}</p>' for name in _NOTICES)
    return f"""
<aside class="reader" role="dialog" aria-labelledby="yiju-reader-title" hidden>
  <header>
    <h2 id="yiju-reader-title" tabindex="-1"></h2>
    <button type="button" class="close quiet">{both("close")} <kbd>Esc</kbd></button>
    <p class="who"></p><p class="address"></p>
    <div class="tools">
      <span class="next-quotes" hidden>
        <button type="button" class="quote-before quiet" {_label("quote_before")}>←</button>
        <span>{both("quotes")}</span>
        <button type="button" class="quote-after quiet" {_label("quote_after")}>→</button></span>
      <span class="ways" hidden>
        <button type="button" class="quiet" data-way="page" aria-pressed="true">{both("way_page")}</button>
        <button type="button" class="quiet" data-way="text" aria-pressed="false">{both("way_text")}</button></span>
      <span class="pager" hidden>
        <button type="button" class="earlier quiet" {_label("earlier")}>‹</button><span class="page-now"></span>
        <button type="button" class="later quiet" {_label("later")}>›</button></span>
    </div>
  </header>
  <div class="notices" role="status">{notices}</div>
  <div class="picture" tabindex="0" role="group" {_label("way_page")}></div>
  <div class="text" tabindex="0" role="group" {_label("way_text")}></div>
</aside>"""


_TURN = """<template id="yiju-turn">
  <article class="turn" data-phase="searching">
    <h2 class="asked" dir="auto"></h2>
    <p class="understood" data-part="understood"></p>
    <div class="said">
      <div data-part="remark"></div>
      <div data-part="answer"></div>
      <p class="note" data-part="note" role="status">{searching}</p>
      <p class="note off">{away}</p>
      <p class="note stopped">{stopped}</p>
      <p class="note lost">{lost}</p>
      <div data-part="closing"></div>
      <div class="again"><button type="button" class="retry quiet">{retry}</button><button type="button"
        class="edit quiet">{edit}</button></div>
    </div>
    <aside class="evidence" data-part="cards"></aside>
  </article>
</template>"""


def _choice(name: str, value: str, label: str, about: str = "") -> str:
    more = f'<span class="about">{about}</span>' if about else ""
    return (
        f'<label class="choice"><input type="radio" name="{name}" value="{value}">'
        f"<span><strong>{label}</strong> {more}</span></label>"
    )


def _label(key: str) -> str:
    chinese, english = map(escape, words.plain(key))
    return f'data-label-zh="{chinese}" data-label-en="{english}"'


def _hint(key: str) -> str:
    chinese, english = map(escape, words.plain(key))
    return f'data-hint-zh="{chinese}" data-hint-en="{english}"'


def _option(key: str) -> str:
    chinese, english = map(escape, words.plain(key))
    return f'data-text-zh="{chinese}" data-text-en="{english}"'
