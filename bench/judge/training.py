"""Reading the examples once, and training the LoRA on what follows them."""

import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoTokenizer

import prompts
from assistant.write import split
from bench.judge.examples import Example, Request, requests
from bench.judge.network import ADAPTED, HEAD, KV_HEADS, LAYERS, Lora, Network

_TURN = "<|im_end|>\n<|im_start|>assistant\n"
INVOCATION = f" Yes or No.{_TURN}"  # from here on the adapter is active
RANK = 8
_RATE, _WARM_UP, _LEAST = 3e-4, 10, 0.1  # learning rate; steps until it is reached; the share that is left at the end
_BATCH = 16
_AT_ONCE = 8  # examples that are read together
_LONGEST_ANSWER = 44  # tokens

_NOTHING = torch.zeros(LAYERS, 2, KV_HEADS, 0, HEAD, dtype=torch.bfloat16)


class Words:
    """Text to tokens and back, as the model file has them."""

    def __init__(self, path: Path) -> None:
        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)

    def tokens(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def token(self, word: str) -> int:
        (one,) = self.tokens(word)
        return one

    def text(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))


@dataclass(frozen=True)
class Asked:
    """A request whose text was read up to the invocation; `plain` is what the model says to it without an adapter."""

    example: int
    cell: str
    is_held_out: bool
    kind: str
    yes: bool
    plain: float  # log-odds of Yes


class Reading:
    """Examples as the network has read them, in a folder: they are more than fit in memory twice."""

    def __init__(self, folder: Path, network: Network, words: Words) -> None:
        self._folder = folder
        self._network = network
        self._words = words
        self.invocation = words.tokens(INVOCATION)
        self.yes, self.no = words.token("Yes"), words.token("No")

    def read(self, examples: Sequence[Example]) -> None:
        """Read each example, let the model answer every second one that is trained on, and read each request."""
        order = sorted(range(len(examples)), key=lambda number: len(examples[number].read))
        with torch.inference_mode():
            for start in range(0, len(order), _AT_ONCE):
                self._read_some({number: examples[number] for number in order[start : start + _AT_ONCE]})

    def _read_some(self, some: dict[int, Example]) -> None:
        texts = [f"<|im_start|>system\n{one.system}<|im_end|>\n<|im_start|>user\n{one.read}" for one in some.values()]
        _, kept = self._network.after([_NOTHING] * len(texts), [self._words.tokens(text) for text in texts])
        answered = [place for place, (number, one) in enumerate(some.items()) if one.is_held_out or number % 2]
        languages = [list(some.values())[place].language for place in answered]
        written = dict(zip(answered, self._answers([kept[place] for place in answered], languages), strict=True))
        for place, (number, one) in enumerate(some.items()):
            asked = requests(one, written.get(place))
            tokens = [self._words.tokens(request.text + _TURN) for request in asked]
            assert all(each[-len(self.invocation) :] == self.invocation for each in tokens)
            last, read = self._network.after([kept[place]] * len(asked), tokens)
            before = [each[:, :, :, : -len(self.invocation)] for each in read]
            self._keep(number, one, asked, self.log_odds(last).tolist(), [kept[place], *before])

    def _answers(self, kept: list[Tensor], languages: Sequence[str]) -> list[str]:
        """Return the first sentence of what the model writes, by its likeliest words."""
        if not kept:
            return []
        end = self._words.token("<|im_end|>")
        tokens = [self._words.tokens(prompts.load("write", language=one) + _TURN) for one in languages]
        said: list[list[int]] = [[] for _ in tokens]
        for _ in range(_LONGEST_ANSWER):
            last, new = self._network.after(kept, tokens)
            kept = [torch.cat(pair, 3) for pair in zip(kept, new, strict=True)]
            tokens = [[int(word)] for word in self._network.scores(last).argmax(-1)]
            for one, (word,) in zip(said, tokens, strict=True):
                one.append(end if end in one else word)
            if all(end in one for one in said):
                break
        texts = [self._words.text([word for word in one if word != end]) for one in said]
        return [next(iter(split(text)), text) for text in texts]

    def _keep(
        self, number: int, one: Example, asked: Sequence[Request], plain: list[float], tensors: list[Tensor]
    ) -> None:
        save_file({str(place): each.contiguous() for place, each in enumerate(tensors)}, self._file(number))
        with (self._folder / "asked.jsonl").open("a", encoding="utf-8") as file:
            for request, odds in zip(asked, plain, strict=True):
                row = Asked(number, one.cell, one.is_held_out, request.kind, request.yes, odds)
                file.write(json.dumps(asdict(row)) + "\n")

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.safetensors"

    def asked(self) -> list[tuple[int, Asked]]:
        """Return all requests, each with its place among those of its example."""
        rows = [Asked(**json.loads(line)) for line in (self._folder / "asked.jsonl").open(encoding="utf-8")]
        places: dict[int, int] = {}
        found = []
        for row in rows:
            places[row.example] = places.get(row.example, 0) + 1
            found.append((places[row.example], row))
        return found

    def invoked(self, some: Sequence[tuple[int, Asked]], lora: Lora) -> Tensor:
        """Return the last hidden states of requests with an adapter, shape (requests, WIDTH)."""
        kept = []
        for place, row in some:
            tensors = load_file(self._file(row.example))
            kept.append(torch.cat([tensors["0"], tensors[str(place)]], 3))
        return self._network.after(kept, [self.invocation] * len(kept), lora)[0]

    def log_odds(self, hidden: Tensor) -> Tensor:
        scores = self._network.scores(hidden)
        return scores[:, self.yes] - scores[:, self.no]

    def loss(self, hidden: Tensor, some: Sequence[tuple[int, Asked]]) -> Tensor:
        wanted = torch.tensor([self.yes if row.yes else self.no for _, row in some])
        return torch.nn.functional.cross_entropy(self._network.scores(hidden), wanted)


def train(reading: Reading, rounds: int, chance: random.Random) -> Iterator[tuple[int, Lora]]:
    """Yield the adapter after each round over what is not held out."""
    torch.manual_seed(1)
    lora = {
        f"blk.{layer}.{name}": (
            torch.nn.Parameter(torch.randn(RANK, width) / math.sqrt(width)),
            torch.nn.Parameter(torch.zeros(out, RANK)),
        )
        for layer in range(LAYERS)
        for name, (width, out) in ADAPTED.items()
    }
    parameters = [one for pair in lora.values() for one in pair]
    optimiser = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=0.01, betas=(0.9, 0.99))
    rows = [one for one in reading.asked() if not one[1].is_held_out]
    steps = rounds * (len(rows) // _BATCH)

    def share(step: int) -> float:
        falling = 0.5 * (1 + math.cos(math.pi * step / steps))
        return min(1.0, (step + 1) / _WARM_UP) * (falling * (1 - _LEAST) + _LEAST)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, share)
    for number in range(rounds):
        chance.shuffle(rows)
        for start in range(0, len(rows) - _BATCH + 1, _BATCH):
            some = rows[start : start + _BATCH]
            optimiser.zero_grad()
            reading.loss(reading.invoked(some, lora), some).backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            schedule.step()
        yield number + 1, lora


def judged(reading: Reading, lora: Lora) -> list[tuple[Asked, float]]:
    """Return what is held out with the log-odds of Yes that the adapter gives it."""
    rows = [one for one in reading.asked() if one[1].is_held_out]
    found = []
    with torch.inference_mode():
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            odds = reading.log_odds(reading.invoked(some, lora)).tolist()
            found += [(row, one) for (_, row), one in zip(some, odds, strict=True)]
    return found


def write(path: Path, lora: Lora, scale: float, invocation: Sequence[int]) -> None:
    """Write an adapter as llama.cpp reads it, active from the invocation on, in half floats."""
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", scale * RANK)
    writer.add_key_value(
        "adapter.alora.invocation_tokens", list(invocation), gguf.GGUFValueType.ARRAY, gguf.GGUFValueType.UINT32
    )
    for name, pair in lora.items():
        for end, matrix in zip(("lora_a", "lora_b"), pair, strict=True):
            writer.add_tensor(f"{name}.weight.{end}", matrix.detach().numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
