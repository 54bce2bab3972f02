"""Shared parts of the declarations: sources, label maps, FewCLUE's splits."""

from __future__ import annotations

from evaluators.clue.task import Split

CLUE = "clue/clue"
FEWCLUE = "clue/fewclue"
UNKNOWN = "none stated"

CLUE_PAPER = (
    "Xu, Hu, Zhang, Li, Cao et al.: CLUE: A Chinese Language Understanding Evaluation Benchmark. "
    "COLING 2020, https://aclanthology.org/2020.coling-main.419"
)
FEWCLUE_PAPER = (
    "Xu, Lu, Yuan, Zhang et al.: FewCLUE: A Chinese Few-shot Learning Evaluation Benchmark. "
    "https://arxiv.org/abs/2107.07498"
)
OCNLI_PAPER = (
    "Hu, Richardson, Xu, Li, Kübler, Moss: OCNLI: Original Chinese Natural Language Inference. "
    "Findings of EMNLP 2020, https://aclanthology.org/2020.findings-emnlp.314"
)


NLI = ("neutral", "entailment", "contradiction")
"""Labels of CMNLI and OCNLI, in the order of the hub's class labels."""

TNEWS = {
    "news_story": "100",
    "news_culture": "101",
    "news_entertainment": "102",
    "news_sports": "103",
    "news_finance": "104",
    "news_house": "106",
    "news_car": "107",
    "news_edu": "108",
    "news_tech": "109",
    "news_military": "110",
    "news_travel": "112",
    "news_world": "113",
    "news_stock": "114",
    "news_agriculture": "115",
    "news_game": "116",
}
"""TNEWS: the number in a submission by name; 105 and 111 do not exist."""

_IFLYTEK = """
打车 地图导航 免费WIFI 租车 同城服务 快递物流 婚庆 家政 公共交通 政务 社区服务 薅羊毛 魔幻 仙侠
卡牌 飞行空战 射击游戏 休闲益智 动作类 体育竞技 棋牌中心 经营养成 策略 MOBA 辅助工具 约会社交
即时通讯 工作社交 论坛圈子 婚恋社交 情侣社交 社交工具 生活社交 微博博客 新闻 漫画 小说 技术 教辅
问答交流 搞笑 杂志 百科 影视娱乐 求职 兼职 视频 短视频 音乐 直播 电台 K歌 成人 中小学 职考
公务员 英语 视频教育 高等教育 成人教育 艺术 语言(非英语) 旅游资讯 综合预定 民航 铁路 酒店
行程管理 民宿短租 出国 工具 亲子儿童 母婴 驾校 违章 汽车咨询 汽车交易 日常养车 行车辅助 租房
买房 装修家居 电子产品 问诊挂号 养生保健 医疗服务 减肥瘦身 美妆美业 菜谱 餐饮店 体育咨讯
运动健身 支付 保险 股票 借贷 理财 彩票 记账 银行 美颜 影像剪辑 摄影修图 相机 绘画 二手 电商 团购
外卖 电影票务 社区超市 购物咨询 笔记 办公 日程管理 女性 经营 收款 其他
"""

IFLYTEK = {name: str(number) for number, name in enumerate(_IFLYTEK.split())}
"""IFLYTEK: the number in a submission by name, 119 of them."""

_CSLDCP = """
材料科学与工程 作物学 口腔医学 药学 教育学 水利工程 理论经济学 食品科学与工程 畜牧学/兽医学
体育学 核科学与技术 力学 园艺学 水产 法学 地质学/地质资源与地质工程 石油与天然气工程
农林经济管理 信息与通信工程 图书馆、情报与档案管理 政治学 电气工程 海洋科学 民族学
航空宇航科学与技术 化学/化学工程与技术 哲学 公共卫生与预防医学 艺术学 农业工程 船舶与海洋工程
计算机科学与技术 冶金工程 交通运输工程 动力工程及工程热物理 纺织科学与工程 建筑学 环境科学与工程
公共管理 数学 物理学 林学/林业工程 心理学 历史学 工商管理 应用经济学 中医学/中药学 天文学
机械工程 土木工程 光学工程 地理学 农业资源利用 生物学/生物科学与工程 兵器科学与技术 矿业工程
大气科学 基础医学/临床医学 电子科学与技术 测绘科学与技术 控制科学与工程 军事学 中国语言文学
新闻传播学 社会学 地球物理学 植物保护
"""

CSLDCP = tuple(_CSLDCP.split())
"""CSLDCP: 67 disciplines, which a submission names in words."""

CLUENER = (
    "address",
    "book",
    "company",
    "game",
    "government",
    "movie",
    "name",
    "organization",
    "position",
    "scene",
)
"""CLUENER: ten types of entities."""


TRAIN = "train_0"
SCORED = "test_public"

SPLITS = {
    **{f"train_{fold}": Split(f"train_{fold}") for fold in range(5)},
    "train_few_all": Split("train_few_all"),
    **{f"validation_{fold}": Split(f"validation_{fold}") for fold in range(5)},
    "validation_few_all": Split("validation_few_all"),
    "test_public": Split("test_public"),
    "test": Split("test", labelled=False),
}
"""Five small training and validation sets, all of them together, and two test sets."""

PROTOCOL = (
    "FewCLUE scores test_public by the mean over its five training sets; train_0 is one of them, "
    "so a score on it alone is a fifth of that."
)
