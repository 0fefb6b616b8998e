"""The page that asks for a password, where Yiju is served beyond this machine; it runs no script."""

from html import escape
from typing import Literal

_WORDS = {
    "zh": {
        "title": "依据 · 登录",
        "name": "名字",
        "password": "密码或令牌",
        "enter": "进入",
        "wrong": "名字或密码不对。",
        "wait": "试错的次数太多，请一分钟后再试。",
        "": "",
    },
    "en": {
        "title": "Yiju · Log in",
        "name": "Name",
        "password": "Password or token",
        "enter": "Enter",
        "wrong": "The name or the password is wrong.",
        "wait": "Too many wrong passwords; try again in a minute.",
        "": "",
    },
}


def login_page(language: Literal["zh", "en"], asks_name: bool, notice: str) -> str:
    """Return the page; `notice` is "wrong", "wait" or nothing."""
    words = {key: escape(text) for key, text in _WORDS[language].items()}
    name = (
        f'<label>{words["name"]}<input name="name" autocomplete="username" required autofocus></label>'
        if asks_name
        else ""
    )
    said = f'<p class="notice" role="alert">{words[notice]}</p>' if notice else ""
    focus = "" if asks_name else " autofocus"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{words["title"]}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="page.css"></head><body class="login"><main>'
        '<h1><span lang="zh">依据</span> Yiju</h1>'
        f'<form method="post" action="login">{said}{name}<label>{words["password"]}'
        f'<input name="password" type="password" autocomplete="current-password" required{focus}></label>'
        f'<button type="submit">{words["enter"]}</button></form></main></body></html>'
    )
