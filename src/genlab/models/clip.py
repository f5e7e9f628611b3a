"""The CLIP of `transformers`, at the size of our digits."""

from __future__ import annotations

from transformers import CLIPConfig, CLIPModel

from genlab.models.special_tokens import END, PAD, START

SIDE = 28
HEADS = 4


def clip_config(
    vocabulary: int,  # how many different tokens
    context: int,  # tokens of the longest text
    patch: int = 14,  # pixels a side of one token of an image
    width: int = 48,  # numbers a token, in both towers
    depth: int = 3,  # blocks of the image tower
    text_depth: int = 1,  # and of the text tower
) -> CLIPConfig:
    """Describe two small towers and the vectors in which they meet."""
    both = {
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_attention_heads": HEADS,
        "projection_dim": width,
    }
    image = {
        "image_size": SIDE,
        "patch_size": patch,
        "num_hidden_layers": depth,
    }
    text = {
        "vocab_size": vocabulary,
        "max_position_embeddings": context,
        "num_hidden_layers": text_depth,
        "pad_token_id": PAD,
        "bos_token_id": START,
        "eos_token_id": END,
    }
    return CLIPConfig(
        text_config=both | text,
        vision_config=both | image,
        projection_dim=width,
    )


class DigitCLIP(CLIPModel):
    """Coloured digits (N, 3, 28, 28) and captions (M, T) to logits (N, M).

    It is a plain `CLIPModel`, made from the few numbers of `clip_config`.
    """

    def __init__(self, vocabulary: int, context: int, **sizes: int) -> None:
        super().__init__(clip_config(vocabulary, context, **sizes))
