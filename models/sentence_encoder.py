"""A pretrained encoder that turns a sentence into a vector, served by ONNX Runtime in int8: no torch, nothing pickled.

A folder holds ``encoder.onnx``, ``tokenizer.json`` and ``encoder.json``.  The vector is the mean of the last hidden states over the
pieces of the sentence.  Sentences are run one by one: in int8 the range of a batch is shared, so that a vector would depend on what
happens to stand beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus.errors import DataError
from models.features import Floats
from models.folder import read_config
from models.shapes import shape_of
from models.transformer import Session
from models.transformer_input import InputSettings, encode, open_tokenizer, plain

FORMAT = 1
CONFIG = "encoder.json"
FILES = (CONFIG, "encoder.onnx", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """What ``encoder.json`` holds: what is put before a sentence, the most pieces read, the number of the padding piece."""

    prefix: str
    max_length: int
    pad: int

    def to_json(self) -> str:
        """The text of the file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1) + "\n"


class SentenceEncoder:
    """Vectors of sentences.

    Args:
        config: how sentences are written for it.
        session: the network.
        tokenizer: of the package ``tokenizers``.
    """

    def __init__(self, config: EncoderConfig, session: Session, tokenizer: Any) -> None:
        self.config = config
        self._session = session
        self._tokenizer = tokenizer

    @property
    def size(self) -> int:
        """Numbers of a vector."""
        return self._session.outputs

    def vectors(self, texts: Sequence[str]) -> Floats:
        """(text, size), each text by itself."""
        return self._session.scores(encode(self._tokenizer, [(self.config.prefix + plain(t), "") for t in texts]))


def load_encoder(folder: Path, *, threads: int = 1) -> SentenceEncoder:
    """The encoder of a folder.

    Raises:
        UsageError: the extra ``transformers`` is not installed.
        DataError: a file is missing or broken.
    """
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise DataError(
            f"the encoder's files {missing} are missing", source=str(folder),
            remedy="copy the whole folder, or build it again: gongkai train --engine hybrid",
        )  # fmt: skip
    config = EncoderConfig(**read_config(folder / CONFIG, FORMAT, shape_of(EncoderConfig)))
    session = Session((folder / "encoder.onnx").read_bytes(), str(folder / "encoder.onnx"), config.pad, threads=threads)
    text = (folder / "tokenizer.json").read_text(encoding="utf-8")
    return SentenceEncoder(config, session, open_tokenizer(text, InputSettings(max_length=config.max_length)))
