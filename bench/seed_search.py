"""Ask twenty questions of an index of the two seeds, and print at which rank the passage stands that answers each.

    python bench/seed_search.py FOLDER      # FOLDER: the two captures

The passage that answers holds one of the short facts beside the question. The questions were written before any rank
was seen, ten in Chinese and ten in English; most of the answers are in Chinese.
"""

import argparse
import tempfile

from index import Index

_SHOWN = 20

QUESTIONS = [
    ("腾讯优图现在成了什么样的部门？", ["内部算法外包"]),
    ("作者自己待过几家研究院？", ["不下五家"]),
    ("FAIR 的 PyTorch 现在是什么地位？", ["第一深度学习框架"]),
    ("国内视觉四小龙融到的钱达到什么规模？", ["CV四小龙"]),
    ("作者怎么看抄他帖子的人？", ["爱抄就抄"]),
    ("国内大厂的负责人怎么评价 OpenAI 这种模式？", ["资本的游戏"]),
    ("张潼离开腾讯以后去了哪里？", ["创新工场"]),
    ("百度研究院按什么考核研究员？", ["论文数量和质量"]),
    ("达摩院和百度、腾讯相比，谁的业务压力大？", ["比百度和腾讯更大"]),
    ("网友觉得国内哪家研究院靠得住？", ["MSRA一家"]),
    ("Where did Li Lei go after leaving ByteDance's AI Lab?", ["UCSB"]),
    ("What has ByteDance's AI Lab been turned into?", ["业务中台"]),
    ("Which company did Ye Jieping join after Didi?", ["贝壳找房"]),
    ("How large was the impact of AlphaGo and AlphaFold on the academic world?", ["海啸级"]),
    ("What do executives of big Chinese companies like to boast about?", ["签了几个单"]),
    ("What is missing in China, if not money and not people?", ["有远见的领导者"]),
    ("Which language model was the most capable one in 2020?", ["最全能语言模型"]),
    ("Why should a company burn money on research, if not out of idealism?", ["居安思危"]),
    ("What chores do the people in these labs really spend their time on?", ["标数据"]),
    ("Why is talent leaving the AI labs of China's big tech companies?", ["talent exodus", "AI大牛选择离职"]),
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    options = parser.parse_args()
    first = 0
    with tempfile.TemporaryDirectory() as folder, Index.open(folder) as index:
        index.add(options.folder)
        for question, facts in QUESTIONS:
            hits = index.search(question, k=_SHOWN)
            ranks = [hit.rank for hit in hits if any(fact in hit.passage.text for fact in facts)]
            first += ranks[:1] == [1]
            print(f"{ranks[0] if ranks else 'none':>4}  {question}")
            if ranks[:1] != [1]:
                print(f"      first: {hits[0].passage.text!r}")
    print(f"{first} of {len(QUESTIONS)} first")


if __name__ == "__main__":
    main()
