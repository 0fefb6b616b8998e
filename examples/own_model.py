"""Let a model of your own write: any chat model of LangChain's. What is cited and refused is still decided by code.

pip install langchain-ollama, and `ollama pull qwen3:8b`; then
python examples/own_model.py FOLDER QUESTION
"""

import sys

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel

from assistant import Assistant


def main(folder: str, question: str, model: BaseChatModel) -> None:
    with Assistant.open("notes.index", model) as yiju:
        yiju.add(folder)
        answer = yiju.ask(question)
        for sentence in answer.sentences:
            print(f"{sentence.verdict}: {sentence.text} {list(sentence.citations)} {sentence.reason}")
        for citation in answer.citations:
            print(f"[{citation.number}] {citation.title}, {citation.published}: “{citation.quote}” {citation.uri}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], init_chat_model("ollama:qwen3:8b", temperature=0, reasoning=False))
