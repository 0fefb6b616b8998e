"""haiku.rag's `client.ask`: an agent that searches and cites by calling tools."""

import asyncio

from haiku.rag.client import HaikuRAG
from haiku.rag.config.models import AppConfig
from job import Job, Said, run


class Haiku:
    def __init__(self, job: Job) -> None:
        self.loop = asyncio.new_event_loop()
        address = f"{job.server}/v1"
        self.config = AppConfig.model_validate(
            {
                "storage": {"data_dir": str(job.state)},
                "embeddings": {
                    "model": {
                        "provider": "openai",
                        "name": job.embedder,
                        "vector_dim": 384,
                        "base_url": address,
                        "api_key": "none",
                        "query_prefix": "query: ",
                        "document_prefix": "passage: ",
                    }
                },
                "qa": {
                    "model": {
                        "provider": "openai",
                        "name": job.chat,
                        "base_url": address,
                        "api_key": "none",
                        "temperature": 0,
                    }
                },
                "search": {"limit": job.k},
                # Its own is fetched from the hub; any tokenizer that fits the embedding model may stand here.
                "processing": {"chunking_tokenizer": str(job.embedding)},
            }
        )
        self.database = job.state / "haiku.lancedb"
        self.loop.run_until_complete(self._add(job))

    async def _add(self, job: Job) -> None:
        async with HaikuRAG(self.database, config=self.config, create=True) as client:
            for file in sorted(job.corpus.iterdir()):
                await client.create_document_from_source(str(file))

    def ask(self, question: str) -> Said:
        return self.loop.run_until_complete(self._ask(question))

    async def _ask(self, question: str) -> Said:
        async with HaikuRAG(self.database, config=self.config) as client:
            answer, citations = await client.ask(question)
            # What its own search gives for the question as it was asked: what the agent looked for is not told.
            shown = [result.content for result in await client.search(question)]
        return Said(answer, [citation.content for citation in citations], shown)


if __name__ == "__main__":
    run(Haiku, ["haiku.rag-slim", "docling", "lancedb", "pydantic-ai-slim"])
