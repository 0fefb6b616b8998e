"""Yiju and its peers on the same corpus, questions and models; a table of what came of it.

    python -m bench.peers WORK [PEER ...] [-n 3] [--data FOLDER] [--again]
    python -m bench.peers WORK --table                  # of what has been answered so far

WORK takes an environment for each peer (2 to 8 GB each) and their replies, a line each as they come: a run that was cut
off goes on where it stopped, and peers that were run one at a time stand in one table. --again asks anew, for times
on a machine that does nothing else. The corpus is the bundled sample with its thirty questions; --data FOLDER takes
the two captures of `bench/seeds.py` and their ten instead, or XQuAD and NoMIRACL where these are there.
Peers: yiju, langchain, langchain-plain (its prompt asks for no citations), llamaindex, haiku (Python 3.12), kotaemon
(Python 3.10, and --checkout kotaemon=PATH, a clone of its repository).
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.peers import environments, scoring, server
from bench.peers.environments import PEERS, Peer, SetUpError
from bench.peers.questions import SAMPLES, Question, few, public_questions, sample_questions, seed_questions
from index import SentenceEmbedder, weights
from index.language import language_of


def embedding_folder() -> Path:
    """Return the embedding model as a sentence-transformers folder, converted when it has not been."""
    found = sorted(weights.cache_dir().glob("e5-small-sentence-transformers-*"))
    if not found:
        SentenceEmbedder().queries(["a"])
        found = sorted(weights.cache_dir().glob("e5-small-sentence-transformers-*"))
    return found[-1]


def copied(corpus: Path, folder: Path) -> Path:
    """Copy the texts of a corpus to a folder that holds nothing else, so that every peer is given the same files."""
    _emptied(folder)
    for file in sorted(corpus.iterdir()):
        if file.suffix in (".md", ".txt"):
            shutil.copy(file, folder)
    return folder


def written(documents: Sequence[str], folder: Path) -> Path:
    """Write texts as a corpus, a file each, to a folder that holds nothing else."""
    _emptied(folder)
    for number, text in enumerate(documents):
        (folder / f"{number:04}.txt").write_text(text, encoding="utf-8")
    return folder


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def run(peer: Peer, folder: Path, replies: Path, questions: Sequence[Question], job: Mapping[str, object]) -> None:
    """Ask a peer what it has not been asked yet, in its own process."""
    _, answered = scoring.read_replies(replies)
    left = [(one.name, one.text) for one in questions if one.name not in answered or answered[one.name].error]
    if not left:
        return
    print(f"{peer.title}: {len(left)} questions", flush=True)
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as given:
        own = {"state": str(folder / "state"), "languages": {text: language_of(text) for _, text in left}}
        whole = {"job": dict(job) | own, "replies": str(replies), "questions": left}
        json.dump(whole, given, ensure_ascii=False)
        given.flush()
        command = [str(environments.interpreter(folder)), str(environments.CLIENTS / peer.client), given.name]
        with (folder / "output.log").open("a", encoding="utf-8") as log:
            done = subprocess.run(
                command, cwd=folder, env=environments.surroundings(), stdout=log, stderr=subprocess.STDOUT
            )
    if done.returncode:
        print(f"{peer.title}: ended with {done.returncode}; see {folder / 'output.log'}", flush=True)


def judged(questions: Sequence[Question], replies: Path) -> tuple[scoring.Start | None, list[scoring.Judged]]:
    """Judge what a peer has answered so far."""
    start, found = scoring.read_replies(replies)
    return start, [scoring.judge(question, found[question.name]) for question in questions if question.name in found]


def result(work: Path, data: str, questions: Sequence[Question]) -> str:
    """Return each question's outcome by peer, and the table."""
    rows, lines = [], []
    for peer in PEERS.values():
        start, each = judged(questions, work / peer.name / f"{data}.jsonl")
        if not each:
            continue
        rows.append(scoring.row(peer.title, each, start, environments.size(work / peer.name)))
        for one in each:
            answer = " ".join(one.reply.answer.split())[:160]
            mark = f"{one.outcome}{', cited' if one.cited else ''}"
            lines.append(f"{peer.name:10} {mark:13} {one.question.kind:6} {one.question.text} | {answer}"
                         + (f" | {one.reply.error}" if one.reply.error else ""))  # fmt: skip
    return "\n".join([*lines, "", scoring.table(rows)])


def pairs(given: Sequence[str]) -> dict[str, str]:
    """Read NAME=VALUE options."""
    return dict(one.split("=", 1) for one in given)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.peers")
    parser.add_argument("work", type=Path)
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"of: {', '.join(PEERS)}; all when none is named")
    parser.add_argument("-n", type=int, help="questions, in turn of each kind; all when left away")
    parser.add_argument("--data", type=Path, help="the two captures or the public sets, in place of the bundled sample")
    parser.add_argument("--again", action="store_true", help="forget earlier replies of these peers")
    parser.add_argument("--table", action="store_true", help="ask nothing")
    parser.add_argument("--k", type=int, default=4, help="passages to read, where a peer lets one choose")
    parser.add_argument("--threads", type=int, help="of the chat model; as many as it chooses when left away")
    parser.add_argument("--limit", type=float, default=900, help="seconds a question")
    parser.add_argument("--python", action="append", default=[], metavar="PEER=PATH")
    parser.add_argument("--checkout", action="append", default=[], metavar="PEER=PATH")
    options = parser.parse_args(arguments)
    if unknown := set(options.peers) - set(PEERS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    work: Path = options.work.absolute()
    documents: list[str] = []
    if options.data and (options.data / "xquad.en.json").is_file():
        data = "public"
        documents, questions = public_questions(options.data)
    elif options.data:
        data, questions = "seeds", seed_questions()
    else:
        data, questions = "sample", sample_questions()
    questions = few(questions, options.n or len(questions))
    if not options.table:
        pythons, checkouts = pairs(options.python), pairs(options.checkout)
        (chat,) = weights.fetch(weights.MODELS[server.CHAT]).values()
        with server.serving(server.Models(chat, embedding_folder(), options.threads)) as address:
            corpus = work / f"corpus-{data}"
            given = written(documents, corpus) if documents else copied(options.data or SAMPLES, corpus)
            job = {"corpus": str(given), "embedding": str(embedding_folder()), "server": address, "k": options.k,
                   "chat": server.CHAT, "embedder": server.EMBEDDING, "limit": options.limit}  # fmt: skip
            for peer in (PEERS[name] for name in options.peers or PEERS):
                folder = work / peer.name
                folder.mkdir(parents=True, exist_ok=True)
                if options.again:
                    (folder / f"{data}.jsonl").unlink(missing_ok=True)
                try:
                    python = pythons.get(peer.name, peer.python or sys.executable)
                    checkout = checkouts.get(peer.name)
                    environments.make(peer, folder, python, Path(checkout).absolute() if checkout else None)
                except SetUpError as error:
                    print(f"{peer.title} was left out. {error}", flush=True)
                    continue
                run(peer, folder, folder / f"{data}.jsonl", questions, job)
    print(result(work, data, questions))


if __name__ == "__main__":
    main()
