"""Which articles of Su Jianlin's blog kexue.fm do claims come from? Facts alone, no text of them.

from evaluators.articles import find
find("prefix tree").number  # 8802
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from evaluators.names import UnknownNameError


@dataclass(frozen=True)
class Article:
    """One article.

    Attributes:
        number: Its number: kexue.fm/archives/8802 is 8802.
        published_on: Its date.
        name: A short name, unique among articles, for files and commands.
        title_zh: Its title.
        title_en: Our translation of the title.
        earlier: Numbers of earlier articles that it continues; their claims are its own.
        papers: How a source names the paper it is about, where it does not name the article.
    """

    number: int
    published_on: date
    name: str
    title_zh: str
    title_en: str
    earlier: tuple[int, ...] = ()
    papers: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://kexue.fm/archives/{self.number}"

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every number under which a source may name it."""
        return (self.number, *self.earlier)


ARTICLES: tuple[Article, ...] = (
    Article(
        7980,
        date(2020, 12, 11),
        "simsiam-dynamics",
        "从动力学角度看优化算法（六）：为什么SimSiam不退化？",
        "Optimisers as dynamics (6): why does SimSiam not collapse?",
    ),
    Article(
        8027,
        date(2020, 12, 24),
        "realformer",
        "RealFormer：把残差转移到Attention矩阵上面去",
        "RealFormer: moving the residual to the attention matrix",
    ),
    Article(
        8046,
        date(2021, 1, 1),
        "spaces-summarization",
        "SPACES：“抽取-生成”式长文本摘要（法研杯总结）",
        "SPACES: summaries of long texts by extracting, then generating",
    ),
    Article(
        8119,
        date(2021, 1, 22),
        "bert-gibbs",
        "【搜出来的文本】⋅（三）基于BERT的文本采样",
        "Texts from search (3): sampling text with BERT",
    ),
    Article(
        8128,
        date(2021, 1, 26),
        "seq2seq-repetition",
        "Seq2Seq重复解码现象的理论分析尝试",
        "An attempt at a theory of repetition in Seq2Seq decoding",
    ),
    Article(
        8180,
        date(2021, 2, 16),
        "nystromformer",
        "Nyströmformer：基于矩阵分解的线性化Attention方案",
        "Nyströmformer: linear attention by matrix decomposition",
    ),
    Article(
        8244,
        date(2021, 3, 15),
        "wgan-fails",
        "WGAN的成功，可能跟Wasserstein距离没啥关系",
        "The success of WGAN may have little to do with the Wasserstein distance",
    ),
    Article(
        8295,
        date(2021, 4, 3),
        "p-tuning",
        "P-tuning：自动构建模版，释放语言模型潜能",
        "P-tuning: templates made automatically, to release what a language model can do",
    ),
    Article(
        8321,
        date(2021, 4, 11),
        "bert-whitening",
        "无监督语义相似度哪家强？我们做了个比较全面的评测",
        "Which unsupervised semantic similarity is strongest? A fairly complete evaluation",
        earlier=(8069,),
        papers=("arXiv:2103.15316",),
    ),
    Article(
        8348,
        date(2021, 4, 26),
        "simcse-zh",
        "中文任务还是SOTA吗？我们给SimCSE补充了一些实验",
        "Is it the best on Chinese tasks too? Further experiments with SimCSE",
    ),
    Article(
        8431,
        date(2021, 5, 24),
        "non-transformer",
        "也来盘点一些最近的非Transformer工作",
        "A survey of recent work without Transformers",
    ),
    Article(
        8444,
        date(2021, 6, 2),
        "lossless-widening",
        "我们可以无损放大一个Transformer模型吗（一）",
        "Can a Transformer be enlarged without loss? (1)",
    ),
    Article(
        8453,
        date(2021, 6, 5),
        "orthogonal-map",
        "从一个单位向量变换到另一个单位向量的正交矩阵",
        "The orthogonal matrix that takes one unit vector to another",
    ),
    Article(
        8454,
        date(2021, 6, 11),
        "roformer-sim",
        "SimBERTv2来了！融合检索和生成的RoFormer-Sim模型",
        "SimBERT v2: RoFormer-Sim, which retrieves and generates",
    ),
    Article(
        8471,
        date(2021, 6, 17),
        "gradient-accumulation",
        "对比学习可以使用梯度累积吗？",
        "Can contrastive learning use gradient accumulation?",
    ),
    Article(
        8475,
        date(2021, 6, 29),
        "univae",
        "UniVAE：基于Transformer的单模型、多尺度的VAE模型",
        "UniVAE: a VAE of several scales in a single Transformer",
    ),
    Article(
        8496,
        date(2021, 7, 1),
        "r-drop",
        "又是Dropout两次！这次它做到了有监督任务的SOTA",
        "Dropout twice again, this time for the best on supervised tasks",
    ),
    Article(
        8512,
        date(2021, 7, 8),
        "gaussian-distances",
        "两个多元正态分布的KL散度、巴氏距离和W距离",
        "KL divergence, Bhattacharyya distance and W distance of two multivariate normals",
    ),
    Article(
        8541,
        date(2021, 7, 19),
        "roformer-sim-ft",
        "用开源的人工标注数据来增强RoFormer-Sim",
        "Improving RoFormer-Sim with open labelled data",
    ),
    Article(
        8586,
        date(2021, 7, 26),
        "flatnce",
        "FlatNCE：小批次对比学习效果差的原因竟是浮点误差？",
        "FlatNCE: are floating-point errors why contrastive learning with small batches is poor?",
        papers=("arXiv:2107.01152",),
    ),
    Article(
        8711,
        date(2021, 9, 27),
        "dimension-formula",
        "关于维度公式“n > 8.33 log N”的可用性分析",
        "Is the dimension formula n > 8.33 log N usable?",
        earlier=(7695, 8679, 8706),
    ),
    Article(
        8728,
        date(2021, 10, 22),
        "can",
        "CAN：借助先验分布提升分类性能的简单后处理技巧",
        "CAN: a simple correction of predictions by the prior, for better classification",
        papers=("arXiv:2109.13449",),
    ),
    Article(
        8757,
        date(2021, 11, 15),
        "wgan-gn",
        "WGAN新方案：通过梯度归一化来实现L约束",
        "A new WGAN: the L constraint by gradient normalisation",
    ),
    Article(
        8764,
        date(2021, 11, 22),
        "childtuning",
        "ChildTuning：试试把Dropout加到梯度上去？",
        "ChildTuning: dropout on the gradient?",
    ),
    Article(
        8783,
        date(2021, 12, 4),
        "benchmark-means",
        "开局一段扯，数据全靠编？真被一篇“神论文”气到了",
        "Angry at a paper: How not to Lie with a Benchmark",
        papers=(
            "arXiv:2112.01342",
            "openreview.net/forum?id=PPGfoNJnLKd",
            "openreview.net/forum?id=AiU1SoiaeMX",
        ),
    ),
    Article(
        8791,
        date(2021, 12, 9),
        "vae-density",
        "变分自编码器（八）：估计样本概率密度",
        "Variational autoencoders (8): estimating the density of a sample",
    ),
    Article(
        8802,
        date(2021, 12, 17),
        "kgclue-trie",
        "Seq2Seq+前缀树：检索任务新范式（以KgCLUE为例）",
        "Seq2Seq with a prefix tree: a new way to retrieve, shown on KgCLUE",
    ),
    Article(
        8829,
        date(2021, 12, 24),
        "entropy-normalization",
        "概率分布的熵归一化（Entropy Normalization）",
        "Entropy normalisation of probability distributions",
    ),
    Article(
        8860,
        date(2022, 1, 12),
        "cosent",
        "CoSENT（二）：特征式匹配与交互式匹配有多大差距？",
        "CoSENT (2): how far apart are matching by features and by interaction?",
        earlier=(8847,),
    ),
    Article(
        8870,
        date(2022, 1, 18),
        "multi-task-losses",
        "多任务学习漫谈（一）：以损失之名",
        "On multi-task learning (1): in the name of the loss",
    ),
    Article(
        8877,
        date(2022, 1, 25),
        "efficient-globalpointer",
        "Efficient GlobalPointer：少点参数，多点效果",
        "Efficient GlobalPointer: fewer parameters, better results",
    ),
    Article(
        8896,
        date(2022, 2, 8),
        "multi-task-gradients",
        "多任务学习漫谈（二）：行梯度之事",
        "On multi-task learning (2): by way of the gradient",
    ),
    Article(
        8968,
        date(2022, 3, 3),
        "exponentiated-gradient",
        "指数梯度下降 + 元学习 = 自适应学习率",
        "Exponentiated gradient descent + meta-learning = adaptive learning rates",
    ),
    Article(
        9119,
        date(2022, 6, 13),
        "ddpm",
        "生成扩散模型漫谈（一）：DDPM = 拆楼 + 建楼",
        "On diffusion models (1): DDPM = taking a building down + putting it up",
    ),
)
"""Every article, the oldest first."""

_BY_NUMBER = {number: article for article in ARTICLES for number in article.numbers}


def of(number: int | None) -> Article | None:
    """Return the article of a number, or of one that continues it; None if it is none of ours."""
    return None if number is None else _BY_NUMBER.get(number)


def find(words: str) -> Article:
    """Return the article of a number, a short name, or a part of a title in either language.

    Raises:
        UnknownNameError: There is none, or there are several.
    """
    folded = words.strip().casefold()
    if folded.isdecimal() and (known := of(int(folded))) is not None:
        return known
    for article in ARTICLES:
        if article.name == folded:
            return article
    found = [
        article
        for article in ARTICLES
        if folded and any(folded in text.casefold() for text in _texts(article))
    ]
    if len(found) == 1:
        return found[0]
    listed = found or ARTICLES
    raise UnknownNameError("article", words, [f"{each.number} {each.name}" for each in listed])


def _texts(article: Article) -> tuple[str, str, str]:
    return article.name, article.title_zh, article.title_en
