"""kotaemon's file index and "simple" reasoning, as its web page calls them, with its settings for local models."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from job import Job, Said, run

USER = "peer"


class Kotaemon:
    def __init__(self, job: Job) -> None:
        # It reads its settings from a file in the folder where it starts, and keeps its data beside that.
        shutil.copy("flowsettings.py", job.state)
        os.chdir(job.state)
        os.environ |= {
            "OPENAI_API_KEY": "",
            "LOCAL_MODEL": job.chat,
            "LOCAL_MODEL_EMBEDDINGS": job.embedder,
            "KH_OLLAMA_URL": f"{job.server}/v1/",
            "USE_MS_GRAPHRAG": "false",
            "USE_LIGHTRAG": "false",
            # The tokenizer that it counts with is fetched when it runs; one of its own packages carries it.
            "TIKTOKEN_CACHE_DIR": str(_llama_index() / "_static" / "tiktoken_cache"),
        }
        self.languages = job.languages
        self.index, self.settings = _start()
        files: list[Path | str] = sorted(job.corpus.iterdir())
        pipeline = self.index.get_indexing_pipeline(self.settings, USER)
        for step in pipeline.stream(files, reindex=False):
            if step.channel == "index" and step.content["status"] != "success":
                raise RuntimeError(f"{step.content['file_name']} was not added: {step.content.get('message')}")
        # What its documentation advises where a machine cannot take many requests at once: no score by the model for
        # each passage. And no reranking, for which it has a model that asks another host.
        prefix = f"index.options.{self.index.id}"
        self.settings |= {
            f"{prefix}.num_retrieval": job.k,
            f"{prefix}.use_llm_reranking": False,
            f"{prefix}.use_reranking": False,
        }

    def ask(self, question: str) -> Said:
        from ktem.reasoning.simple import FullQAPipeline

        settings = self.settings | {"reasoning.lang": self.languages.get(question, "en")}
        retrievers = self.index.get_retriever_pipelines(settings, USER, ["all", [], USER])
        pipeline = FullQAPipeline.get_pipeline(settings, {}, retrievers)
        shown, _ = pipeline.retrieve(question, [])
        stream = pipeline.stream(question, "conversation", [])
        answer = _drained(stream)
        spans = pipeline.answering_pipeline.match_evidence_with_context(answer, shown)
        texts = {document.doc_id: document.text for document in shown}
        cited = [texts[name][span["start"] : span["end"]] for name, each in spans.items() for span in each]
        return Said(answer.text, cited, list(texts.values()))


def _llama_index() -> Path:
    spec = find_spec("llama_index.core")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def _start() -> "tuple[Any, dict[str, Any]]":
    """Start the application without its page; return its file index and its settings."""
    import gradio
    from ktem.app import BaseApp
    from ktem.embeddings.manager import embedding_models_manager
    from ktem.llms.manager import llms

    from kotaemon.indices.qa import citation_qa

    # After the answer it waits five seconds for the citations; on a machine where they take longer, they would be lost.
    citation_qa.CITATION_TIMEOUT = None
    llms.update("ollama", llms.info()["ollama"]["spec"], default=True)
    embedding_models_manager.update("ollama", embedding_models_manager.info()["ollama"]["spec"], default=True)
    app = BaseApp()
    index = app.index_manager.indices[0]
    with gradio.Blocks():
        index.get_selector_component_ui()
    return index, app.default_settings.flatten()


def _drained(stream: Any) -> Any:
    """Return what a generator returns at its end."""
    while True:
        try:
            next(stream)
        except StopIteration as end:
            return end.value


if __name__ == "__main__":
    run(Kotaemon, ["kotaemon", "ktem", "llama-index-core", "chromadb", "gradio"])
