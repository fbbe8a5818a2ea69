"""A small tokenizer, and seven chat templates in the manner of well-known ones."""

from __future__ import annotations

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

SPECIAL = ["<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>",
           "<|eot_id|>", "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]", "<|end|>",
           "<|user|>", "<|assistant|>", "<|system|>"]  # fmt: skip

TEMPLATES = {
    "chatml": (
        "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n'}}"
        "OPEN{{ m['content'] + '<|im_end|>' }}CLOSE{{ '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{'<|im_start|>assistant\n'}}{% endif %}"
    ),
    "llama3": (
        "{{ '<s>' }}{% for m in messages %}"
        "{{'<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n'}}"
        "OPEN{{ m['content'] | trim + '<|eot_id|>' }}CLOSE{% endfor %}"
        "{% if add_generation_prompt %}"
        "{{'<|start_header_id|>assistant<|end_header_id|>\n\n'}}{% endif %}"
    ),
    "gemma": (
        "{{ '<s>' }}{% for m in messages %}"
        "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}"
        "{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) + '\n' }}"
        "OPEN{{ m['content'] | trim + '<end_of_turn>' }}CLOSE{{ '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
    ),
    "mistral": (
        "{{ '<s>' }}{% for m in messages %}{% if m['role'] == 'user' %}"
        "{{ '[INST] ' + m['content'] + ' [/INST]' }}"
        "{% else %}{{ ' ' }}OPEN{{ m['content'] + '</s>' }}CLOSE{% endif %}{% endfor %}"
    ),
    "thinking": (  # the last answer gets an empty thought, those before have none
        "{% for m in messages %}{% if m['role'] == 'assistant' %}{{ '<|assistant|>\n' }}"
        "{% if loop.last %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"
        "OPEN{{ m['content'] + '<|end|>' }}CLOSE{{ '\n' }}"
        "{% else %}{{ '<|' + m['role'] + '|>\n' + m['content'] + '<|end|>\n' }}{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
    ),
    "channel": (  # every answer stands in a channel that the prompt leaves to the model to choose
        "{% for m in messages %}{{ '<|' + m['role'] + '|>' }}"
        "{% if m['role'] == 'assistant' %}{{ '<|final|> ' }}{% endif %}"
        "OPEN{{ m['content'] + '<|end|>' }}CLOSE{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
    ),
    "silent": (  # the prompt says nothing: not even whose turn it is
        "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n'}}"
        "OPEN{{ m['content'] + '<|im_end|>' }}CLOSE{{ '\n' }}{% endfor %}"
    ),
}


def template(name: str, *, tagged: bool) -> str:
    """A template, with or without the tags by which transformers knows the assistant's turns.

    In some they stand around every turn, so that its own mask would take all for the assistant's.
    """
    text = TEMPLATES[name]
    if not tagged:
        return text.replace("OPEN", "").replace("CLOSE", "")
    return text.replace("OPEN", "{% generation %}").replace("CLOSE", "{% endgeneration %}")


def small_tokenizer(chat_template: str | None) -> PreTrainedTokenizerFast:
    """Bytes as tokens, a few pairs of letters, and special tokens."""
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    vocabulary = {token: number for number, token in enumerate(sorted(alphabet))}
    merges = [("t", "h"), ("e", "r"), ("i", "n"), ("o", "n"), ("Ġ", "a"), ("s", "t")]
    for pair in merges:
        vocabulary["".join(pair)] = len(vocabulary)
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<s>", eos_token="</s>",
        additional_special_tokens=SPECIAL[2:],
    )  # fmt: skip
    tokenizer.chat_template = chat_template
    return tokenizer
