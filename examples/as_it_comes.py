"""Show an answer while it comes about: the evidence at once, then the draft, then each sentence with its verdict.

python examples/as_it_comes.py FOLDER QUESTION [MODEL]
"""

import sys

from assistant import Assistant, EvidenceFound, SentenceVerified, TextWritten


def main(folder: str, question: str, model: str = "embedded") -> None:
    with Assistant.open("notes.index", model) as yiju:
        yiju.add(folder, progress=lambda now: print(f"{now.done} of {now.files}: {now.path}", file=sys.stderr))
        for event in yiju.stream(question):
            if isinstance(event, EvidenceFound):
                print("Evidence:", *(f"[{one.number}] {one.source.title}" for one in event.evidence), sep="\n  ")
            elif isinstance(event, TextWritten):
                print(event.text, end="", flush=True)  # not verified yet
            elif isinstance(event, SentenceVerified):
                print(f"\n{event.sentence.verdict}: {event.sentence.text} {[one.number for one in event.citations]}")
            else:  # the whole answer, at the end
                print(f"\n{event.status} in {event.timings.total:.1f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
