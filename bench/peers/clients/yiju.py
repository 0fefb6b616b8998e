"""Yiju with the same server's chat model."""

from job import Job, Said, run
from langchain_openai import ChatOpenAI

from assistant import Assistant


class Yiju:
    def __init__(self, job: Job) -> None:
        model = ChatOpenAI(
            model=job.chat,
            base_url=f"{job.server}/v1",
            api_key="none",
            temperature=0,
            max_tokens=256,
            timeout=job.limit,
        )
        self.assistant = Assistant.open(job.state / "index", model)
        self.assistant.add(job.corpus)

    def ask(self, question: str) -> Said:
        shown: list[str] = []
        for event in self.assistant.stream(question):
            shown = [one.text for one in getattr(event, "evidence", ())] or shown
        answer = event.answer
        stood = [sentence for sentence in answer.sentences if sentence.verdict != "unsupported"]
        return Said(
            " ".join(sentence.text for sentence in stood),
            [citation.quote for citation in answer.citations],
            shown,
            answer.status == "refused",
        )


if __name__ == "__main__":
    run(Yiju, ["yiju", "langchain-core", "faiss-cpu", "sentence-transformers"])
