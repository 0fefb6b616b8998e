"""Yiju with the same server's chat model."""

from job import Job, Said, run
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from assistant import Assistant
from assistant.answer import EvidenceFound, Finished


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
        found, *_, last = self.assistant.stream(question)
        assert isinstance(found, EvidenceFound) and isinstance(last, Finished)
        answer = last.answer
        stood = [sentence for sentence in answer.sentences if sentence.verdict != "unsupported"]
        return Said(
            " ".join(sentence.text for sentence in stood),
            [citation.quote for citation in answer.citations],
            [one.text for one in found.evidence],
            answer.status == "refused",
        )


if __name__ == "__main__":
    run(Yiju, ["yiju", "langchain-core", "faiss-cpu", "sentence-transformers"])
