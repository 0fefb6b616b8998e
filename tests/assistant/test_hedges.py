"""What a source only supposes is not a fact."""

import pytest

from assistant.hedges import hedge


@pytest.mark.parametrize(
    ("text", "question", "quoted", "word"),
    [
        ("It opens in May 2026.", "When does it open?", "It is expected to open in May 2026.", "is expected to"),
        ("May 2026", "When does the ferry open?", "It may open in May 2026, said the mayor.", "may"),
        ("A bridge is built.", "What do they do?", "They plan to build a bridge.", "plan to"),
        ("He stole the bell.", "Who stole the bell?", "Reportedly, he stole the bell; nobody saw it.", "Reportedly"),
        ("The guild built the mill.", "Who built it?", "It was perhaps the guild that built the mill.", "perhaps"),
        ("轮渡2026年5月开通。", "轮渡什么时候开通？", "据当地报纸说，轮渡预计2026年5月开通。", "预计"),
        ("2026年5月", "轮渡什么时候开通？", "轮渡计划于2026年5月开通，票价未定。", "计划于"),
        ("钟是他偷的。", "钟是谁偷的？", "据说，钟是他偷的。", "据说"),
        ("鐘是他偷的。", "鐘是誰偷的？", "據說鐘是他偷的。", "据说"),
    ],
)  # fmt: skip
def test_what_is_stated_though_its_source_only_supposes_it_is_found(
    text: str, question: str, quoted: str, word: str
) -> None:
    assert hedge(text, question, quoted) == word


@pytest.mark.parametrize(
    ("text", "question", "quoted"),
    [
        ("The ferry may open in May 2026.", "When does the ferry open?", "The ferry is expected to open in May 2026."),
        ("May 2026", "When is the ferry expected to open?", "The ferry is expected to open in May 2026."),
        ("It opened in May 2021.", "When did it open?", "It opened in May 2021, and may close again in winter."),
        ("Dogs can enter until five.", "May dogs enter?", "Dogs may enter until five."),
        ("It cost 5,000 crowns.", "What did it cost?", "It cost 5,000 crowns, probably too much."),
        ("轮渡2021年开通。", "轮渡什么时候开通？", "轮渡2021年开通，预计明年停运。"),
        ("悟道计划由他牵头。", "谁领导悟道计划？", "悟道计划由他牵头。"),
        ("人口增加。", "人口怎样？", "数据说明人口增加。"),
        ("It failed in 2019.", "When did the plan fail?", "The plan to build a bridge failed in 2019."),
        ("It was late.", "Was it on time?", "It was late due to fog."),
        ("不可能再开。", "还会再开吗？", "桥不可能再开。"),
        ("可能在2026年开通。", "什么时候开通？", "预计2026年开通。"),
    ],
)
def test_what_a_source_states_or_an_answer_supposes_too_is_left(text: str, question: str, quoted: str) -> None:
    assert hedge(text, question, quoted) == ""
