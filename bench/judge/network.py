"""Qwen 2.5 in torch, read from its GGUF file: enough to train a LoRA on the last tokens of a request.

What stands before those tokens is read once and its keys and values are kept, so that training reads nine tokens a
request. The architecture is that of the Qwen 2.5 technical report (arXiv:2412.15115); LoRA is arXiv:2106.09685; that it
adapts only what follows its invocation is arXiv:2504.12397.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

LAYERS, HEADS, KV_HEADS, HEAD, WIDTH = 28, 12, 2, 128, 1536
_ROPE_BASE, _EPSILON = 1e6, 1e-6
_FREQUENCIES = _ROPE_BASE ** -(torch.arange(0, HEAD, 2).float() / HEAD)
ADAPTED = {"attn_q": (WIDTH, WIDTH), "attn_v": (WIDTH, KV_HEADS * HEAD), "attn_output": (WIDTH, WIDTH)}

Lora = Mapping[str, tuple[Tensor, Tensor]]  # of a layer's matrix: down (rank, in) and up (out, rank)
Past = list[tuple[Tensor, Tensor]]  # keys and values of each layer, shape (batch, KV_HEADS, tokens, HEAD)


def read(path: Path) -> dict[str, Tensor]:
    """Return the weights by their names in the file: matrices as bfloat16, vectors as float32."""
    weights = {}
    for tensor in gguf.GGUFReader(path).tensors:
        plain = torch.from_numpy(np.array(gguf.quants.dequantize(tensor.data, tensor.tensor_type)))
        weights[tensor.name] = plain.float() if plain.ndim == 1 else plain.to(torch.bfloat16)
    return weights


@dataclass(frozen=True)
class Network:
    """The model, with a LoRA beside some of its matrices where one is given; its sum is scaled by `scale`."""

    weights: Mapping[str, Tensor]
    scale: float = 2.0

    def after(
        self, kept: Sequence[Tensor], tokens: Sequence[Sequence[int]], lora: Lora | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """Read tokens after what was read before; each of `kept` has shape (LAYERS, 2, KV_HEADS, tokens, HEAD).

        Returns the last hidden state of each, shape (batch, WIDTH), and what is to be kept of the new tokens.
        """
        lengths = torch.tensor([one.shape[3] for one in kept])
        longest, most = int(lengths.max()), max(map(len, tokens))
        past = torch.zeros(LAYERS, 2, len(kept), KV_HEADS, longest, HEAD, dtype=torch.bfloat16)
        for number, one in enumerate(kept):
            past[:, :, number, :, longest - one.shape[3] :] = one
        ids = torch.tensor([[*one, *[0] * (most - len(one))] for one in tokens])
        steps = torch.arange(most)
        seen = (torch.arange(longest) >= (longest - lengths)[:, None])[:, None].expand(-1, most, -1)
        mask = torch.cat([seen, (steps <= steps[:, None]).expand(len(kept), -1, -1)], 2)[:, None]
        hidden, new = self._forward(ids, lengths[:, None] + steps, [(a[0], a[1]) for a in past], mask, lora)
        last = hidden[torch.arange(len(kept)), [len(one) - 1 for one in tokens]]
        stacked = torch.stack([torch.stack(one) for one in new])
        return last, [stacked[:, :, number, :, : len(one)].detach() for number, one in enumerate(tokens)]

    def scores(self, hidden: Tensor) -> Tensor:
        """Return the score of each word of the vocabulary as the next, shape (batch, words)."""
        return (hidden @ self.weights["output.weight"].T).float()

    def _forward(self, ids: Tensor, places: Tensor, past: Past, mask: Tensor, lora: Lora | None) -> tuple[Tensor, Past]:
        hidden = F.embedding(ids, self.weights["token_embd.weight"])
        batch, tokens = ids.shape
        new: Past = []
        for layer in range(LAYERS):
            at = f"blk.{layer}."
            normed = self._normed(hidden, f"{at}attn_norm")
            query, key, value = (
                self._linear(normed, f"{at}attn_{one}", lora).view(batch, tokens, -1, HEAD).transpose(1, 2)
                for one in "qkv"
            )
            query, key = _turned(query, places), _turned(key, places)
            new.append((key, value))
            mixed = F.scaled_dot_product_attention(
                query, torch.cat([past[layer][0], key], 2), torch.cat([past[layer][1], value], 2), mask, enable_gqa=True
            )
            hidden = hidden + self._linear(mixed.transpose(1, 2).flatten(2), f"{at}attn_output", lora)
            normed = self._normed(hidden, f"{at}ffn_norm")
            gated = F.silu(self._linear(normed, f"{at}ffn_gate", lora)) * self._linear(normed, f"{at}ffn_up", lora)
            hidden = hidden + self._linear(gated, f"{at}ffn_down", lora)
        return self._normed(hidden, "output_norm"), new

    def _linear(self, x: Tensor, name: str, lora: Lora | None) -> Tensor:
        result = F.linear(x, self.weights[f"{name}.weight"])
        if (bias := self.weights.get(f"{name}.bias")) is not None:
            result = result + bias.to(result.dtype)
        if lora and name in lora:
            down, up = lora[name]
            result = result + self.scale * F.linear(F.linear(x.float(), down), up).to(result.dtype)
        return result

    def _normed(self, x: Tensor, name: str) -> Tensor:
        wide = x.float()
        scaled = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + _EPSILON)
        return (scaled * self.weights[f"{name}.weight"]).to(x.dtype)


def _turned(x: Tensor, places: Tensor) -> Tensor:
    """Rotate by place (RoPE, arXiv:2104.09864), halves beside each other as in GPT-NeoX."""
    angles = places[:, None, :, None].float() * _FREQUENCIES
    first, second = x[..., : HEAD // 2].float(), x[..., HEAD // 2 :].float()
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1).to(x.dtype)
