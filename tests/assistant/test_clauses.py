"""What one clause of a long sentence denies, or tells the other way round."""

import pytest

from assistant.clauses import turned

TRAIN = "Second-class cabins share a shower, bicycles are carried free, but dogs are not allowed on board."
WALKERS = "每周散步三次以上的老人，夜里醒来的次数比不散步的人少两成。"


@pytest.mark.parametrize(
    ("told", "asked", "says", "contrary"),
    [
        (TRAIN, "What may come on the night train?", "Dogs are allowed on the night train.",
         "dogs are not allowed on board"),
        (TRAIN, "What may come on the night train?", "Bicycles are carried free on the night train.", ""),
        (TRAIN, "What may come on the night train?", "Dogs are not allowed on the night train.", ""),
        (TRAIN, "What may come on the night train?", "Bicycles are carried free, while dogs are excluded.", ""),
        ("The scheme doesn't apply to laboratory staff, who may ask for another.", "What does Krall say of the scheme?",
         "The scheme applies to laboratory staff.", "The scheme doesn't apply to laboratory staff"),
        ("Ferry traffic fell, and container traffic rose 12% in 2022.", "How did the port of Osmund do?",
         "Container traffic at the port fell by 12% in 2022.", "and container traffic rose 12% in 2022"),
        ("The mill did not win in 2019 but won in 2020.", "When did the mill win?", "The mill won in 2020.", ""),
        ("He did not die until 1950.", "When did he die?", "He died in 1950.", ""),
        ("他直到1950年才不再教书。", "他什么时候停止教书？", "他1950年停止教书。", ""),
        ("The bridge that was never repaired collapsed in 2001.", "When did the bridge collapse?",
         "The bridge collapsed in 2001.", ""),
        ("Reyes came to Osmund before the flood, in 1951.", "What is told of Reyes?",
         "The flood came after Reyes had come to Osmund.", ""),
        ("The Osmund mill is larger than the Harrow mill.", "Which mill is larger?",
         "The Harrow mill is smaller than the Osmund mill.", ""),
        ("The Osmund mill is larger than the Harrow mill.", "How do the two mills compare?",
         "The Osmund mill is smaller than the Harrow mill.", "The Osmund mill is larger than the Harrow mill"),
        (WALKERS, "散步对老人有什么影响？", "每周散步三次以上的老人，夜里醒来的次数比不散步的人多两成。",
         "夜里醒来的次数比不散步的人少两成"),
        (WALKERS, "散步对老人有什么影响？", "散步的老人夜里醒来的次数更少，比不散步的人少两成。", ""),
        ("法院判令茶厂还款，但未支持周敏要求赔偿损失的请求。", "法院怎么判的？", "法院支持了周敏要求赔偿损失的请求。",
         "未支持周敏要求赔偿损失的请求"),
        ("法院判令茶厂还款，但未支持周敏要求赔偿损失的请求。", "法院怎么判的？", "法院判令茶厂向周敏还款。", ""),
    ],
)  # fmt: skip
def test_what_one_clause_denies_is_not_said(told: str, asked: str, says: str, contrary: str) -> None:
    assert turned(says, told, asked) == contrary
