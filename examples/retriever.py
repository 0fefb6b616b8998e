"""The index alone, as the retriever of a chain that is yours: it finds passages of any language, and you do the rest.

python examples/retriever.py FOLDER QUESTION
"""

import sys

from langchain.chat_models import init_chat_model
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough

from index import Index


def listed(found: list[Document]) -> str:
    return "\n\n".join(
        f"{one.metadata['title']}, from character {one.metadata['start']}: {one.page_content}" for one in found
    )


def main(folder: str, question: str, model: BaseChatModel) -> None:
    with Index.open("notes.index") as index:
        index.add(folder)
        prompt = ChatPromptTemplate.from_template(
            "Say in one line what these passages tell of {question}:\n\n{passages}"
        )
        found = index.as_retriever(k=4) | listed
        chain = {"passages": found, "question": RunnablePassthrough()} | prompt | model | StrOutputParser()
        print(chain.invoke(question))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], init_chat_model("ollama:qwen3:8b"))
