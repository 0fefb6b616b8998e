"""LlamaIndex's VectorStoreIndex with its CitationQueryEngine, both as they come."""

from job import Job, Said, numbers_in, run
from llama_index.core import Settings, SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.query_engine import CitationQueryEngine
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.llms.openai_like import OpenAILike


class Citations:
    def __init__(self, job: Job) -> None:
        Settings.embed_model = HuggingFaceEmbedding(
            model_name=str(job.embedding), query_instruction="query: ", text_instruction="passage: "
        )
        Settings.llm = OpenAILike(
            model=job.chat,
            api_base=f"{job.server}/v1",
            api_key="none",
            is_chat_model=True,
            context_window=16384,
            temperature=0,
            timeout=job.limit,
        )
        index = VectorStoreIndex.from_documents(SimpleDirectoryReader(str(job.corpus)).load_data())
        self.engine = CitationQueryEngine.from_args(index, similarity_top_k=job.k)

    def ask(self, question: str) -> Said:
        response = self.engine.query(question)
        answer, shown = str(response), [node.node.get_content() for node in response.source_nodes]
        return Said(answer, [shown[one - 1] for one in numbers_in(answer) if 0 < one <= len(shown)], shown)


if __name__ == "__main__":
    run(Citations, ["llama-index-core", "llama-index-embeddings-huggingface", "llama-index-llms-openai-like"])
