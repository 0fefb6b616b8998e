"""How much of what a question names a text holds: its words, without those that only ask."""

import re

from assistant.evidence import terms
from index.chinese import simplified

_ASKING = re.compile(
    r"\b(?:the|an?|in|of|on|at|to|for|by|with|from|as|and|or|is|are|was|were|be|been|has|had|have|do|does|did|can|could"
    r"|will|would|what|which|who|whom|whose|when|where|how|many|much|why|it|its|this|that|these|those|there)\b"
    "|什么|多少|哪些|哪里|哪个|何时|时候|怎么|如何|[哪谁是的了吗呢有在几为第]",
    re.IGNORECASE,
)


def coverage(question: str, text: str) -> float | None:
    """Return the share of a question's words that a text holds, 0 to 1; None when the question names nothing.

    Where a script writes without spaces, words are pairs of neighbouring characters.
    """
    named = terms(_ASKING.sub(" ", simplified(question)))
    return len(named & terms(text)) / len(named) if named else None
