"""Page furniture is told from what people say, on pages of many kinds; "~" stands before each line of furniture."""

from pathlib import Path
from textwrap import dedent

import pytest

from index.furniture import furniture
from index.passages import passages
from index.sources import read

PAGES = {
    "an English forum": """
        ~ Home › Forums › Boats
        ~ Log in
        ~ Register
        Which rope for the winter mooring?
        ~ Thread starter | 3 replies | 412 views
        harbour_watch
        2025-05-03 21:40
        My old polyester line chafed through in one gale. What do you use?
        ~ Like
        ~ Reply
        ~ Report
        tide_table
        2025-05-03 22:05
        Nylon, 24 mm, with a leather sleeve where it passes the fairlead.
        ~ 4 likes
        ~ Quote
        ~ Reply
        mei_l
        2025-05-04 08:12
        No.
        Never nylon, it stretches too far
        ~ 2 days ago
        ~ Like · Reply · Share
        ~ You must log in or register to reply here.
        ~ Share: Facebook Twitter Reddit
        ~ Contact us
        ~ Terms of use
        ~ Privacy policy
        ~ Help
        ~ Home
        """,
    "a Chinese forum": """
        ~ 首页
        ~ 论坛
        ~ 登录 | 注册
        阳台上的番茄总是烂根，怎么办？
        ~ 查看: 1024|回复: 3
        ~ 绿叶小屋 发表于 2024-06-02 09:15:00 | 只看该作者 | 倒序浏览
        我用的是普通园土，每两天浇一次水，底部的叶子先发黄。
        ~ 使用道具 举报
        ~ 2#
        ~ 老陈种菜 发表于 2024-06-02 10:01:33 | 显示全部楼层
        浇得太勤了。土里掺三成珍珠岩，见干再浇。
        ~ 支持 反对
        ~ 回复 举报
        ~ 3#
        我同意。
        另外盆底要垫一层陶粒
        ~ 点赞 12
        ~ 您需要登录后才可以回帖 登录 | 注册
        ~ 发表回复
        ~ 上一页
        ~ 下一页
        ~ 联系我们
        ~ 手机版
        ~ 网站地图
        ~ 京ICP备00000000号
        """,
    "an English news site": """
        ~ Skip to main content
        ~ News
        ~ Sport
        ~ Weather
        ~ Sign in
        ~ Subscribe
        Ferry company to add a night boat
        By Ines Duarte
        ~ Share this article
        ~ Advertisement
        The company said on Friday that a boat would leave Osmund at eleven every night from June.
        "People asked for it for years," its director said.
        ~ Story continues below
        ~ Related articles
        ~ Harbour wall to be raised by two metres
        Why the lighthouse went dark for a week
        The first crossing is planned for 2 June.
        The fare will be 14 euros
        ~ Sign up for our daily newsletter and get the harbour's stories in your inbox
        ~ Read more
        ~ Most read
        ~ Council votes on the new library
        ~ Five walks along the northern shore
        ~ About us
        ~ Contact us
        ~ Advertise with us
        ~ Cookie policy
        ~ © 2025 The Osmund Post. All rights reserved.
        """,
    "a Chinese news site": """
        ~ 首页 > 社会 > 正文
        ~ 登录/注册
        山区小学有了自己的气象站
        2023-04-02 08:30 来源：青山日报
        ~ 分享到：微信 微博 QQ空间
        ~ 字号：大 中 小
        上周五，石门小学的气象站正式启用，二十六名学生轮流记录气温和雨量。
        老师说，数据每天上传到县气象局。
        首批设备包括：
        雨量筒
        百叶箱
        风向标
        责任编辑：周敏
        ~ 未经授权，不得转载
        ~ 相关阅读
        ~ 一座山村图书馆的十年
        ~ 孩子们的星空课堂
        ~ 0条评论
        ~ 快来发表你的评论吧
        ~ 关于我们 | 联系我们 | 广告服务 | 友情链接
        ~ 违法和不良信息举报电话：000-00000000
        ~ 版权所有 青山日报社
        """,
    "a blog": """
        ~ Menu
        ~ About
        ~ Blog
        ~ Contact
        ~ Newsletter
        Sharpening a plane iron
        May 3, 2025 · 4 min read
        Discussion of angles is endless; twenty-five degrees has served me for thirty years.
        Save the burr for last.
        Share your stone with nobody.
        Home is where the bench is
        ~ Share on Facebook
        ~ Share on X
        ~ Email this
        ~ Tags: tools, sharpening
        ~ 2 comments
        Tomas says:
        Twenty-five it is.
        ~ Reply
        Ines says:
        Thirty for oak
        ~ Reply
        ~ Leave a comment
        ~ Your email address will not be published. Required fields are marked *
        ~ Name *
        ~ Email *
        ~ This site uses Akismet to reduce spam.
        ~ Previous post
        ~ Next post
        """,
    "a documentation page": """
        ~ Skip to content
        Install the gauge
        Sign in to the console with your own account.
        1. Download the installer.
        2. Run it
        3. Share the key with your team
        4. Log in to the router
        Manage cookies in Settings > Privacy.
        Copyright law does not protect the format of the log.
        Follow the guide below:
        Save
        gauge --follow --likes 3
        Comments start with a hash sign
        See also: Uninstall the gauge
        ~ Was this page helpful?
        ~ Edit this page
        ~ Previous
        ~ Next
        ~ On this page
        """,
    "questions and answers": """
        ~ Sign up
        ~ Log in
        Why does my sourdough not rise in winter?
        ~ Asked 3 years ago
        ~ Viewed 12k times
        7
        The kitchen has 16 degrees and the starter is two weeks old.
        ~ Share
        ~ Improve this question
        ~ Follow
        ~ asked Jan 4, 2022 at 18:02
        ~ 2 Answers
        ~ Sorted by: Highest score (default)
        It needs warmth: 24 degrees, or twice the time.
        ~ Share
        ~ Improve this answer
        ~ Follow
        ~ answered Jan 4, 2022 at 19:11
        Yes.
        ~ Add a comment
        ~ Related questions
        ~ How long does a starter keep?
        ~ Can I freeze dough?
        ~ Hot network questions
        ~ Is a bay leaf worth it?
        """,
    "a post of Zhihu's kind": """
        住在海边是什么体验？
        ~ 关注问题
        ~ 写回答
        ~ 12 个回答
        ~ 默认排序
        ~ 渔港老周
        ~ 退休船员
        ~ 关注
        ~ 1,024 人赞同了该回答
        铁门三年就锈穿了，被子永远晒不透。
        但是早上五点的日出，看了二十年也不厌
        ~ 发布于 2022-03-05 21:17
        ~ 赞同 1024
        ~ 56 条评论
        ~ 分享
        ~ 收藏
        ~ 喜欢
        风大的时候，窗户会响一整夜。
        ~ 编辑于 2022-03-06 09:00 · 著作权归作者所有
        ~ 赞同 3
        ~ 添加评论
        ~ 收起
        """,
    "a post of WeChat's kind": """
        老城墙下的早点铺
        ~ 点击上方蓝字关注我们
        南城旧事
        铺子只有六张桌子，四点半点火，九点收摊。
        豆浆要过两遍纱布。
        喜欢甜口的，多放一勺糖。
        关注火候，比关注配方要紧。
        ~ 喜欢就点个在看吧
        ~ 长按识别二维码关注公众号
        ~ 阅读原文
        ~ 阅读 1.2万
        ~ 赞 88
        ~ 在看 12
        ~ 写下你的留言
        ~ 微信扫一扫
        ~ 关注该公众号
        """,
    "a post of CSDN's kind": """
        ~ 首页 博客 下载 论坛 登录
        用三行脚本备份照片
        山间码农
        ~ 已于 2023-01-05 10:00:00 修改
        ~ 阅读量3.4k
        ~ 收藏 21
        ~ 点赞数 8
        ~ 版权声明：本文为博主原创文章，转载请附上原文出处链接和本声明。
        先列出一个月内改过的文件，再逐个复制。
        注意：移动硬盘要先挂载。
        如果路径里有空格，要加引号
        ~ 点赞
        ~ 评论 3
        ~ 分享
        ~ 打赏
        海风
        第二行少了一个反斜杠
        ~ 回复
        ~ 2年前
        ~ 查看更多评论
        ~ 相关推荐
        ~ 手把手教你整理相册
        ~ 一个移动硬盘的自救
        ~ 关于我们
        ~ 招贤纳士
        ~ 商务合作
        ~ 隐私政策
        """,
    "a wiki": """
        ~ Jump to navigation
        ~ Read | Edit | View history
        Osmund Lighthouse
        From the open encyclopedia
        The lighthouse was built in 1874 and is 31 metres high.
        It has been automatic since 1988.
        Keepers
        Mei Lin (1874-1901)
        Tomas Reyes (1901-1930)
        See also
        List of lighthouses
        References
        ~ Privacy policy
        ~ About us
        ~ Contact
        ~ Help
        """,
    "a shop": """
        ~ Home / Kitchen / Knives
        Carbon steel paring knife, 9 cm
        ~ Add to cart
        ~ Add to wishlist
        € 24.00
        In stock
        Hand-forged blade, handle of pear wood.
        Do not put it into the dishwasher.
        ~ 3 reviews
        Anna
        Sharp and light
        ~ Was this review helpful?
        ~ Customers also bought
        ~ Bread knife, 22 cm
        ~ Whetstone, two grits
        ~ Subscribe to our newsletter for monthly updates
        ~ Terms and conditions
        ~ Privacy policy
        ~ Sitemap
        ~ Careers
        """,
    "a newsletter": """
        ~ View this email in your browser
        The Tide, number 14
        Good morning from the pier.
        This week the dredger finished the north basin.
        Three things to read
        A history of ropes
        Read it slowly.
        ~ Forward to a friend
        ~ You are receiving this email because you signed up on our website.
        ~ Unsubscribe
        ~ Manage preferences
        ~ © 2025 The Tide
        """,
    "a poem and its comments": """
        The Net
        by Mei Lin
        Share, said the sea
        like salt, like bread
        follow
        the gulls
        home
        and home
        and home
        ~ 5 likes
        ~ No comments yet
        ~ Be the first to comment
        """,
}

REAL = """
    Follow the river north.
    Like most ferries, it is late.
    Reply to the letter by Friday.
    Report of the council
    Share of renewable energy in 2023: 41 %
    Comments on the draft are due in May
    About the sea
    Home for the winter
    Sign the form and send it back
    Register of ships, 1874 to 1901
    3 likes are not an argument
    He had 12 followers in all
    Views from the tower
    The views are splendid.
    Related work
    Terms of trade
    Privacy is a right
    Written by hand in 1632
    Copyright expires after seventy years
    We use cookies in the kitchen to test the oven.
    This article of the treaty was never ratified.
    Print shops closed in 1950
    Log in the fireplace
    No comment
    +1
    Yes
    Was this the face that launched a thousand ships?
    关注度上升了三成
    登录火星的第一天
    评论家不喜欢这部电影
    分享经济的三个阶段
    收藏家周先生
    注册会计师考试在十月
    推荐信要两封
    转发率下降
    点赞之交
    12 次阅读训练之后
    3条评论都说好吃
    回复函已寄出
    本文讨论了授权与认证的区别。
    版权所有者是出版社
    未经许可，任何人不得进入。
    登录后查看订单，然后选择退款。
    扫描二维码付款
    阅读理解
    广告学概论
    更多的雨水
    首页设计的五条原则
    相关系数为 0.8
    赞美诗
    我同意。
    好的
    发表于《自然》的论文
    来源于三个城市的调查
    编辑部搬到了北京
    (c) The tenant shall pay the rent on the first day of each month.
    (c) 2023 Annual Report
    Subscribers: 3.2m
    播放量：3.2亿
    回复数：12
    内容的著作权归甲方所有，乙方不得用于其他用途。
    图片的版权归摄影师所有。
    软件的版权所有归乙方。
"""


def marked(page: str) -> tuple[list[str], list[bool]]:
    lines = [line.strip() for line in page.strip().split("\n")]
    return [line.removeprefix("~ ") for line in lines], [line.startswith("~ ") for line in lines]


@pytest.mark.parametrize("name", PAGES)
def test_on_a_page_of_any_kind_the_furniture_is_told_from_what_is_said(name: str) -> None:
    lines, expected = marked(PAGES[name])
    found = furniture(lines)
    assert [line for line, is_it in zip(lines, found, strict=True) if is_it] == [
        line for line, is_it in zip(lines, expected, strict=True) if is_it
    ]


@pytest.mark.parametrize("line", dedent(REAL).strip().split("\n"))
def test_what_only_sounds_like_furniture_is_kept(line: str) -> None:
    assert furniture(["The council met on Monday.", line, "It met again on Friday."]) == [False] * 3
    assert not any(furniture([line]))


@pytest.mark.parametrize("word", ["Discussion", "Comments", "Report", "Register", "回复", "推荐", "Contact us"])
def test_a_word_of_a_button_is_a_heading_unless_furniture_stands_beside_it(word: str) -> None:
    said = ["The council met on Monday.", word, "It met again on Friday."]
    assert not any(furniture(said))
    assert furniture([said[0], "12 comments", "Log in", word, "Share", said[2]])[1:5] == [True] * 4


@pytest.mark.parametrize("line", ["(c) 2025 The Tide", "Views: 3,200", "阅读量：1234"])
def test_a_count_or_a_year_is_furniture_beside_furniture(line: str) -> None:
    assert furniture(["The council met on Monday.", line, "Log in", "Privacy policy"]) == [False, True, True, True]


@pytest.mark.parametrize(
    "line",
    [
        "© The Osmund Post",
        "(c) Copyright The Osmund Post",
        "Copyright (c) 2025 The Osmund Post",
        "(c) 2025 The Osmund Post. All rights reserved.",
        "图片版权归原作者所有",
        "文章版权归青山网所有，转载请联系",
        "本文著作权归属于本站。",
    ],
)
def test_a_notice_of_whose_the_page_is_is_furniture(line: str) -> None:
    assert furniture(["The council met on Monday.", line, "It met again on Friday."]) == [False, True, False]


@pytest.mark.parametrize("word", ["Home", "News", "体育"])
def test_a_word_of_a_menu_is_furniture_in_a_menu_alone(word: str) -> None:
    assert not any(furniture(["The council met on Monday.", word, "It met again on Friday.", "Share"])[:3])
    assert all(furniture(["Log in", word, "Obituaries", "Weather"])[:2])


def test_a_heading_or_a_piece_of_code_is_never_furniture() -> None:
    assert furniture(["12 comments", None, "Share", "Contact us"]) == [True, False, True, True]


def test_short_replies_between_buttons_are_kept() -> None:
    thread = [
        "Is it open?",
        "Reply",
        "Yes",
        "Like",
        "Reply",
        "No.",
        "3 hours ago",
        "同意",
        "赞 3",
        "回复",
        "我也是",
        "举报",
    ]
    kept = [line for line, is_it in zip(thread, furniture(thread), strict=True) if not is_it]
    assert kept == ["Is it open?", "Yes", "No.", "同意", "我也是"]


def test_comments_below_a_count_are_kept_and_the_prompt_below_none_is_not() -> None:
    said = "The ferry company said on Friday that it would add a night boat from June, which people had asked for."
    assert furniture([said, "2 comments", "At last!", "Who pays?"]) == [False, True, False, False]
    assert furniture([said, "0 comments", "Readers here are known for their patience."]) == [False, True, True]
    assert furniture(["By Mei Lin", "0 comments", said, said, said]) == [False, True, False, False, False]


def test_the_titles_below_related_articles_end_where_the_text_goes_on() -> None:
    lines = [
        "Related articles",
        "Five walks along the shore",
        "Is the library late?",
        "The second day",
        "It rained all day long.",
    ]
    assert furniture(lines) == [True, True, True, False, False]


def test_a_box_about_the_author_is_furniture_at_the_end_alone() -> None:
    said = ["The pier burned in May.", "It was built again."]
    box = ["Written by", "Mei Lin", "Mei Lin is a sailor who writes about harbours."]
    assert furniture([*said, *box, "0 followers"]) == [False, False, True, True, True, True]
    assert furniture([*box, *said])[2:] == [False, False, False]


@pytest.mark.parametrize("name", PAGES)
def test_no_furniture_of_a_captured_page_is_ever_found(name: str, tmp_path: Path) -> None:
    lines, expected = marked(PAGES[name])
    (tmp_path / "page.txt").write_text("\n".join(lines), encoding="utf-8")
    cut = passages(read(tmp_path / "page.txt"))
    searched = [line for one in cut if not one.furniture for line in one.text.split("\n")]
    real = [line for line, is_it in zip(lines, expected, strict=True) if not is_it]
    assert [line for line in real if line in searched] == searched
    assert "".join("".join(one.text.split()) for one in cut) == "".join("".join(line.split()) for line in lines)


@pytest.mark.parametrize(
    "line",
    [
        "登录" * 200,
        "a " * 199,
        "[(" * 200,
        "- " * 199,
        "喜欢" + "点赞" * 150,
        "Like " * 80,
        f"Load {'0' * 31}1 into register",
        f"{'您需要' * 40}更多时间",
    ],
)
def test_odd_lines_take_no_time(line: str) -> None:
    assert len(furniture([line] * 1000)) == 1000
