"""Turns the packed 4-bit multilingual-e5-small into a folder that SentenceTransformer loads."""

import json
import math
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import WeightsError

_MAGIC = b"E5S1"
_VERSION = 1
_BLOCK = 32  # weights that share one scale
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("quants", "u1", (_BLOCK // 2,))])
_FLOAT32, _Q4 = 0, 1

_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}

_Array = npt.NDArray[Any]


@dataclass(frozen=True)
class _Shape:
    """The sizes in the container's header, in the container's order."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True)
class _Entry:
    """Where one tensor lies in the container."""

    dtype: int
    count: int
    offset: int
    size: int


def convert(packed: Path, tokenizer: Path, folder: Path) -> None:
    """Write `folder` from the packed weights and the tokenizer.json, all of it or nothing.

    Weights are stored in float16, which every scale of the container is already in; biases and norms stay float32.
    A folder that is already there is kept. Raises WeightsError if the container is damaged or the disk is full.
    """
    from safetensors import SafetensorError

    shape, tensors = _read(packed)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
            built = Path(scratch) / folder.name
            built.mkdir()
            _write(built, shape, tensors, tokenizer)
            _put_in_place(built, folder)
    except (OSError, SafetensorError) as error:  # safetensors raises its own error when the disk is full
        raise WeightsError(
            f"The embedding model could not be written to {folder}: {error}. It needs about 260 MB; "
            "make room, or choose another place with YIJU_CACHE."
        ) from error


def _put_in_place(built: Path, folder: Path) -> None:
    try:
        built.rename(folder)
    except OSError:
        # Another process was quicker: a folder appears by one rename, so the one that is there is whole.
        if not (folder / "modules.json").is_file():
            raise


# Reading the container


def _read(packed: Path) -> tuple[_Shape, dict[str, _Array]]:
    try:
        data = packed.read_bytes()
    except OSError as error:
        raise WeightsError(f"The packed embedding model {packed} cannot be read: {error.strerror or error}.") from error
    try:
        shape, directory = _header(data)
        return shape, {name: _tensor(data, directory, source, size) for name, source, size in _wanted(shape)}
    except (struct.error, ValueError, ArithmeticError) as error:
        raise WeightsError(
            f"The packed embedding model {packed} is damaged ({error}). Delete it and run: yiju models get e5-small"
        ) from error


def _header(data: bytes) -> tuple[_Shape, dict[str, _Entry]]:
    """Parse what comes before the weights; ValueError or struct.error says what is wrong."""
    if data[:4] != _MAGIC:
        raise ValueError(f"it starts with {data[:4]!r}, not {_MAGIC!r}")
    version, *values, block = struct.unpack_from("<I7ifi", data, 4)
    if version != _VERSION or block != _BLOCK:
        raise ValueError(f"version {version} with blocks of {block} is unknown")
    shape = _Shape(*values)
    if min(values) <= 0 or shape.hidden % _BLOCK or shape.feed_forward % _BLOCK or shape.hidden % shape.heads:
        raise ValueError(f"impossible sizes {shape}")

    # The packer's own tokenizer tables (offsets, scores, pieces, then a normalisation map) are of no use to us.
    pieces, _bos, _eos, _pad, _unk, text_size = struct.unpack_from("<5iQ", data, 44)
    position = 72 + 8 * pieces + 4 + text_size
    # struct counts a negative position from the end, so a negative count has to be caught here.
    if pieces < 0:
        raise ValueError(f"{pieces} tokenizer pieces")
    _, map_size = struct.unpack_from("<iI", data, position)
    return shape, _directory(data, position + 8 + map_size)


def _directory(data: bytes, position: int) -> dict[str, _Entry]:
    (count,) = struct.unpack_from("<i", data, position)
    position += 4
    entries = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, position)
        name, dtype, values, offset, size = struct.unpack_from(f"<{length}sBIQQ", data, position + 2)
        position += 2 + length + 21
        entries[name.decode("ascii")] = _Entry(dtype, values, offset, size)
    return entries


def _wanted(shape: _Shape) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Each tensor's name in transformers' BertModel, its name in the container, and its shape."""
    hidden, wide = shape.hidden, shape.feed_forward
    yield "embeddings.word_embeddings.weight", "emb.word", (shape.vocabulary, hidden)
    yield "embeddings.position_embeddings.weight", "emb.pos", (shape.positions, hidden)
    yield "embeddings.token_type_embeddings.weight", "emb.type", (shape.types, hidden)
    yield "embeddings.LayerNorm.weight", "emb.ln.w", (hidden,)
    yield "embeddings.LayerNorm.bias", "emb.ln.b", (hidden,)
    matrices = {part: (hidden, hidden) for part in ("q", "k", "v", "ao")} | {"fi": (wide, hidden), "fo": (hidden, wide)}
    for layer in range(shape.layers):
        for part, module in _LAYER_PARTS.items():
            weight = matrices.get(part, (hidden,))
            yield f"encoder.layer.{layer}.{module}.weight", f"l{layer}.{part}.w", weight
            yield f"encoder.layer.{layer}.{module}.bias", f"l{layer}.{part}.b", weight[:1]


def _tensor(data: bytes, directory: Mapping[str, _Entry], name: str, shape: tuple[int, ...]) -> _Array:
    entry = directory.get(name)
    if entry is None:
        raise ValueError(f"tensor {name} is missing")
    values = math.prod(shape)
    sizes = {_FLOAT32: 4 * values, _Q4: values // _BLOCK * _Q4_BLOCK.itemsize}
    if entry.count != values or entry.size != sizes.get(entry.dtype):
        raise ValueError(f"tensor {name} should hold {values} values, but its entry says {entry}")
    if entry.offset + entry.size > len(data):
        raise ValueError(f"tensor {name} ends at byte {entry.offset + entry.size} of {len(data)}")
    if entry.dtype == _FLOAT32:
        return np.frombuffer(data, "<f4", values, entry.offset).reshape(shape)
    return _dequantise(np.frombuffer(data, _Q4_BLOCK, values // _BLOCK, entry.offset)).reshape(shape)


def _dequantise(blocks: _Array) -> _Array:
    """Weight = (nibble - 8) x scale: the low nibbles are a block's first 16 weights, the high ones its last 16."""
    nibbles = np.concatenate([blocks["quants"] & 0x0F, blocks["quants"] >> 4], axis=1).view(np.int8)
    # numpy multiplies float16 in float32, where this product is exact, and rounds once.
    with np.errstate(over="raise", invalid="raise"):
        weights: _Array = (nibbles - np.int8(8)).astype(np.float16) * blocks["scale"][:, None]
    return weights


# Writing the folder


def _write(folder: Path, shape: _Shape, tensors: dict[str, _Array], tokenizer: Path) -> None:
    from safetensors.numpy import save_file

    # BertModel has a pooler that sentence embeddings never use; without its weights transformers warns at each load.
    pooler: dict[str, _Array] = {
        "pooler.dense.weight": np.zeros((shape.hidden, shape.hidden), np.float16),
        "pooler.dense.bias": np.zeros(shape.hidden, np.float32),
    }
    weights = folder / "model.safetensors"
    save_file(tensors | pooler, weights, metadata={"format": "pt"})
    copied = shutil.copyfile(tokenizer, folder / "tokenizer.json")
    weights.chmod(copied.stat().st_mode)  # safetensors makes a file that only its owner may read
    with weights.open("rb") as written:
        os.fsync(written.fileno())
    for name, content in _configs(shape).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _configs(shape: _Shape) -> dict[str, Any]:
    """The small files of a sentence-transformers folder, as sentence-transformers 5 and 6 read them."""
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            # The data type to load in: without it, transformers 5 would compute in the float16 of the file.
            "dtype": "float32",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "hidden_act": "gelu",
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "layer_norm_eps": shape.epsilon,
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1,
            "pad_token_id": 1,
        },
        # The plain class takes tokenizer.json as it is; XLMRobertaTokenizer would build its own normaliser around it.
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
            "mask_token": "<mask>",
            "model_input_names": ["input_ids", "attention_mask"],
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "config_sentence_transformers.json": {
            # encode_document looks for "document" first, which sentence-transformers would otherwise fill with "".
            "prompts": {"query": "query: ", "passage": "passage: ", "document": "passage: "},
            "similarity_fn_name": "cosine",
        },
    }
