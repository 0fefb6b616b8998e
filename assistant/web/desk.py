"""The frame of the page, in both languages: what page.js fills with turns, sources and the one that is open."""

from collections.abc import Sequence
from html import escape

from assistant.web import words


def desk(examples: Sequence[str]) -> str:
    """Return the page itself: what page.js fills, in both languages."""
    both = words.both
    zh, en = words.plain("placeholder")
    offered = "".join(
        f'<li><button type="button" class="example" dir="auto">{escape(one)}</button></li>' for one in examples
    )
    tried = f'<p class="label">{both("try")}</p><ul class="examples">{offered}</ul>' if offered else ""
    notices = "".join(f'<p data-notice="{name}" hidden>{both(name)}</p>' for name in ("opening", "gone", "not_opened"))
    return f"""
<header class="bar">
  <h1><span lang="zh">依据</span> <span class="latin">Yiju</span></h1>
  <button type="button" class="library quiet" aria-expanded="false" aria-controls="yiju-shelf">{both("sources")}
    <span class="count"></span></button>
  <button type="button" class="language quiet">
    <span class="zh" lang="en">English</span><span class="en" lang="zh">中文</span></button>
</header>
<nav class="shelf" id="yiju-shelf" hidden><ul></ul><p class="bare" hidden>{both("no_sources")}</p></nav>
<main class="conversation">
  <section class="welcome">
    <h2>{both("tagline")}</h2>
    <p class="bare" hidden>{both("no_sources")}</p>
    <div class="stocked"><p>{both("how")}</p><p>{both("each_alone")}</p>{tried}</div>
  </section>
</main>
<form class="composer">
  <label for="yiju-question">{both("question")}</label>
  <textarea id="yiju-question" rows="1" data-zh="{zh}" data-en="{en}" autocomplete="off"></textarea>
  <button type="submit" class="ask">{both("ask")}</button>
  <button type="button" class="stop" hidden>{both("stop")}</button>
</form>
<aside class="reader" role="dialog" aria-labelledby="yiju-reader-title" hidden>
  <header>
    <h2 id="yiju-reader-title" tabindex="-1"></h2>
    <button type="button" class="close quiet">{both("close")} <kbd>Esc</kbd></button>
    <p class="who"></p><p class="address"></p>
  </header>
  <div class="notices" role="status">{notices}</div>
  <div class="text" tabindex="0"></div>
</aside>
<template id="yiju-turn">
  <article class="turn" data-phase="searching">
    <h2 class="asked" dir="auto"></h2>
    <div class="said">
      <div data-part="answer"></div>
      <p class="note" data-part="note" role="status">{both("searching")}</p>
      <p class="note stopped">{both("stopped")}</p>
      <p class="note lost">{both("lost")}</p>
      <div data-part="closing"></div>
    </div>
    <aside class="evidence" data-part="cards"></aside>
  </article>
</template>"""
