"""Ask the two seeds ten questions, two of which they do not answer; print each answer, its citations and its times.

python bench/seeds.py FOLDER [--model NAME]      # FOLDER: the two captures
python bench/seeds.py FOLDER --moved ADDRESS     # asks them again on milvus://HOST:PORT/NAME, or "peer", and compares
"""

import argparse
import resource
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from langchain_core.language_models.chat_models import BaseChatModel

from assistant import Answer, Assistant
from assistant.models import chat_model
from bench.engine import server
from index import Index

# Each question with what its answer must hold (any of), and what its quote must hold; none: it must be refused.
QUESTIONS = [
    ("滴滴AI Lab的前负责人去了哪里？", ["贝壳"], "贝壳"),
    ("Where did the former head of Didi's AI Lab go?", ["贝壳", "Beike", "KE Holdings"], "贝壳"),
    ("百度研究院怎么考核研究员？", ["论文"], "论文数量和质量"),
    ("Which university did the director of ByteDance's AI Lab join?", ["UCSB", "Santa Barbara"], "UCSB"),
    ("作者认为国内缺的是什么？", ["领导者"], "有远见的领导者"),
    (
        "What does the author say is missing, if not money or people?",
        ["leader", "leaders", "leadership"],
        "有远见的领导者",
    ),
    ("腾讯优图变成了什么？", ["外包"], "外包"),
    ("DeepMind有哪些被称为海啸级的工作？", ["AlphaGo"], "AlphaGo"),
    ("百度研究院有多少员工？", [], ""),
    ("Who won the 2022 World Cup?", [], ""),
]


def right(answer: Answer, accepted: list[str], quoted: str) -> bool:
    """Return whether an answer says what it should and cites a quote that holds it, or refuses where it should."""
    if not accepted:
        return answer.status == "refused" and len(answer.nearest) > 0
    said = any(one in answer.stands for one in accepted)
    return answer.status != "refused" and said and any(quoted in citation.quote for citation in answer.citations)


def elsewhere(written: str, scratch: Path, model: BaseChatModel | None, answers: list[Answer]) -> None:
    """Move the index to a server, ask everything again there, and print which answers differ in what a reader sees."""
    with server(written, scratch) as at:
        print(f"\n{Index.move(scratch / 'folder', at)}")
        with Index.open(at) as index:
            moved = Assistant(index, model, answers[0].model)
            for before in answers:
                again = replace(moved.ask(before.question), timings=before.timings, trace=before.trace)
                print("the same" if again == before else f"ANOTHER: {again.to_markdown()}", f" {before.question}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--moved", metavar="ADDRESS")
    options = parser.parse_args()
    count, answers = 0, []
    model = chat_model(options.model)
    with tempfile.TemporaryDirectory() as scratch, Index.open(f"{scratch}/folder") as index:
        yiju = Assistant(index, model, options.model)
        yiju.add(options.folder)
        begun = time.perf_counter()
        yiju.load()
        print(f"loaded in {time.perf_counter() - begun:.1f} s")
        for question, accepted, quoted in QUESTIONS:
            answer = yiju.ask(question)
            answers.append(answer)
            good = right(answer, accepted, quoted)
            count += good
            for citation in answer.citations + answer.nearest:
                source = yiju.index.source(citation.source_id)
                assert source is not None and source.text[citation.start : citation.end] == citation.quote
            print(f"\n{'right' if good else 'WRONG'}  {question}  [{answer.status}]  {answer.timings}")
            for sentence in answer.sentences:
                print(f"    {sentence.verdict} {sentence.citations} {sentence.text}  {sentence.reason}")
            for citation in answer.citations:
                print(f"      [{citation.number}] {citation.quote}")
        if options.moved:
            elsewhere(options.moved, Path(scratch), model, answers)
    print(f"\n{count} of {len(QUESTIONS)} right")
    answered = [answer.timings for answer in answers[:8]]
    for name in ("evidence", "gate", "first_word", "first_sentence", "total"):
        seconds = [value for timing in answered if (value := getattr(timing, name)) is not None]
        print(f"{name}: median {statistics.median(seconds):.2f} s (n={len(seconds)})" if seconds else f"{name}: none")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
