"""LangChain's tutorial on RAG, its two-step chain: its splitter, its FAISS store, and one prompt."""

import faiss
from job import Job, Said, numbers_in, run
from langchain_community.docstore.in_memory import InMemoryDocstore
from langchain_community.document_loaders import DirectoryLoader, TextLoader
from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_openai import ChatOpenAI
from langchain_text_splitters import RecursiveCharacterTextSplitter
from pydantic import SecretStr

PACKAGES = ["langchain", "langchain-community", "langchain-text-splitters", "faiss-cpu"]

# The tutorial's prompt asks for neither; these two are what people add to it.
PROMPT = (
    "You are a helpful assistant. Use the following numbered context in your response. After each statement, name the "
    "context that it comes from by its number in square brackets, such as [1]. If the context does not hold the "
    'answer, say only "I don\'t know".\n\n{context}'
)


class Chain:
    def __init__(self, job: Job, prompt: str = PROMPT, passage: str = "[{number}] {text}") -> None:
        self.k, self.prompt, self.passage = job.k, prompt, passage
        embeddings = HuggingFaceEmbeddings(
            model_name=str(job.embedding),
            encode_kwargs={"prompt": "passage: "},
            query_encode_kwargs={"prompt": "query: "},
        )
        loader = DirectoryLoader(
            str(job.corpus), glob="*.*", loader_cls=TextLoader, loader_kwargs={"encoding": "utf-8"}
        )
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        self.store = FAISS(
            embedding_function=embeddings,
            index=faiss.IndexFlatL2(len(embeddings.embed_query("hello world"))),
            docstore=InMemoryDocstore(),
            index_to_docstore_id={},
        )
        self.store.add_documents(documents=splitter.split_documents(loader.load()))
        self.model = ChatOpenAI(
            model=job.chat, base_url=f"{job.server}/v1", api_key=SecretStr("none"), temperature=0, timeout=job.limit
        )

    def ask(self, question: str) -> Said:
        found = [document.page_content for document in self.store.similarity_search(question, k=self.k)]
        numbered = enumerate(found, start=1)
        context = "\n\n".join(self.passage.format(number=number, text=text) for number, text in numbered)
        answer = str(self.model.invoke([("system", self.prompt.format(context=context)), ("user", question)]).content)
        return Said(answer, [found[one - 1] for one in numbers_in(answer) if 0 < one <= len(found)], found)


if __name__ == "__main__":
    run(Chain, PACKAGES)
