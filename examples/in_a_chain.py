"""Yiju as a part of a chain of LangChain's, and its stages as a callback handler hears of them.

python examples/in_a_chain.py FOLDER MODEL QUESTION...
"""

import sys
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableLambda

from assistant import Answer, Assistant


class Stages(BaseCallbackHandler):
    def on_chain_start(self, serialized: dict[str, Any], inputs: dict[str, Any], **said: Any) -> None:
        if "stages" in said["tags"]:  # of the run itself; what it calls inherits them
            print(said["name"], file=sys.stderr)


def only_what_holds(answer: Answer) -> str:
    held = [one for one in answer.sentences if one.verdict == "supported"]
    return " ".join(f"{one.text}{list(one.citations)}" for one in held) or "The sources do not answer this."


def main(folder: str, model: str, *questions: str) -> None:
    with Assistant.open("notes.index", model) as yiju:
        yiju.add(folder)
        chain = yiju | RunnableLambda(only_what_holds)  # also: chain.stream, chain.ainvoke, yiju.with_retry(), …
        for text in chain.batch(list(questions), {"callbacks": [Stages()], "tags": ["stages"], "max_concurrency": 2}):
            print(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
