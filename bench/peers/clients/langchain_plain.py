"""The same chain with the tutorial's prompt alone: it asks neither for citations nor to say that one does not know."""

from job import run
from langchain_chain import PACKAGES, Chain

PROMPT = "You are a helpful assistant. Use the following context in your response:\n\n{context}"

if __name__ == "__main__":
    run(lambda job: Chain(job, PROMPT, "{text}"), PACKAGES)
