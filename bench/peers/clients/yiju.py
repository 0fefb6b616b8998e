"""Yiju with the same server's chat model."""

from job import Job, Said, run
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from assistant import Answer, Assistant, EvidenceFound


class Yiju:
    def __init__(self, job: Job) -> None:
        model = ChatOpenAI(
            model=job.chat,
            base_url=f"{job.server}/v1",
            api_key=SecretStr("none"),
            temperature=0,
            max_completion_tokens=256,
            timeout=job.limit,
        )
        self.assistant = Assistant.open(job.state / "index", model)
        self.assistant.add(job.corpus)

    def ask(self, question: str) -> Said:
        events = list(self.assistant.stream(question))
        shown = [one.text for event in events if isinstance(event, EvidenceFound) for one in event.evidence]
        (answer,) = (event for event in events if isinstance(event, Answer))
        return Said(
            answer.stands,
            [citation.quote for citation in answer.citations],
            shown,
            answer.status == "refused",
        )


if __name__ == "__main__":
    run(Yiju, ["yiju", "langchain-core", "faiss-cpu", "sentence-transformers"])
