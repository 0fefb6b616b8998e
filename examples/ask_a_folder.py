"""Ask a folder of your own, and print the answer as Markdown with its sources as footnotes.

python examples/ask_a_folder.py FOLDER QUESTION [MODEL]
"""

import sys

from assistant import Assistant


def main(folder: str, question: str, model: str = "embedded") -> None:
    with Assistant.open("notes.index", model) as yiju:  # made here the first time; unchanged files cost nothing later
        for outcome in yiju.add(folder):
            if outcome.status == "failed":
                print(f"{outcome.path} was left out: {outcome.reason}", file=sys.stderr)
        print(yiju.ask(question).to_markdown())


if __name__ == "__main__":
    main(*sys.argv[1:])
