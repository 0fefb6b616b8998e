"""The same chain with the tutorial's prompt alone: it asks neither for citations nor to say that one does not know."""

from job import run
from langchain_chain import Chain

PROMPT = "You are a helpful assistant. Use the following context in your response:\n\n{context}"

if __name__ == "__main__":
    packages = ["langchain", "langchain-community", "langchain-text-splitters", "faiss-cpu"]
    run(lambda job: Chain(job, PROMPT, "{text}"), packages)
