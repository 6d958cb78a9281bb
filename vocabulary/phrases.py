"""What people say when they are asked whether they are all right, in each language spoken here.

Data only, in the normal form of `normalise`: lower case, no punctuation, words apart by one blank
and a blank at both ends (Chinese without blanks). The lists lean to safety: whatever is not plainly
reassuring must not be taken for "fine" (RISKS §4, the spoken check).
"""

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. Order of use: reassuring, distress, fine, doubt."""

    reassuring: tuple[str, ...]
    """"No help needed": contains a word of distress and means the opposite."""
    distress: tuple[str, ...]
    fine: tuple[str, ...]
    doubt: tuple[str, ...]
    """Negations and half-answers: together with "fine" they make it unclear."""
    no: tuple[str, ...]
    """The whole answer, and it is "no, I am not all right"."""
    yes: tuple[str, ...]
    """The whole answer, and it is "yes, I have"."""
    cooking: tuple[str, ...]
    bathing: tuple[str, ...]
    """Water on purpose: to the question about a wet floor, and to no other, it is "fine"."""
    taken: tuple[str, ...]
    """Of a medicine, where just that was asked."""
    untaken: tuple[str, ...]
    """Where just that was asked, doubt as well: not yet, or not the medicine."""


def _words(*phrases: str) -> tuple[str, ...]:
    return tuple(f" {phrase} " for phrase in phrases)


ENGLISH = Phrases(
    reassuring=_words(
        "dont need help",
        "dont need any help",
        "do not need help",
        "do not need any help",
        "no help needed",
        "no need for help",
        "no pain",
        "not hurt",
        "dont call a doctor",
        "no doctor needed",
    ),
    distress=_words(
        "help",
        "help me",
        "hurt",
        "hurts",
        "hurting",
        "pain",
        "painful",
        "ache",
        "bleeding",
        "blood",
        "broken",
        "cant get up",
        "cannot get up",
        "cant move",
        "cannot move",
        "cant stand",
        "cannot stand",
        "cant breathe",
        "cannot breathe",
        "ambulance",
        "doctor",
        "emergency",
        "stuck",
        "not fine",
        "not ok",
        "not okay",
        "not alright",
        "not all right",
        "not well",
        "not good",
        "not so good",
        "bad",
        "dying",
        "please come",
    ),
    fine=_words(
        "fine",
        "ok",
        "okay",
        "all right",
        "alright",
        "im good",
        "i am good",
        "im well",
        "i am well",
        "yes",
        "yeah",
        "false alarm",
        "nothing happened",
    ),
    doubt=_words(
        "no",
        "not",
        "nope",
        "dont",
        "cant",
        "cannot",
        "isnt",
        "wasnt",
        "arent",
        "havent",
        "hasnt",
        "hadnt",
        "didnt",
        "doesnt",
        "wont",
        "wouldnt",
        "couldnt",
        "never",
        "later",
        "forgot",
        "forgotten",
        "but",
        "fell",
        "fallen",
        "dizzy",
        "maybe",
        "think",
        "she",
        "he",
        "they",
    ),
    no=(
        "no",
        "nope",
        "no no",
        "no i am not",
        "no im not",
        "im not",
        "i am not",
        "i fell",
        "i have fallen",
    ),
    yes=(
        "yes",
        "yeah",
        "yes yes",
        "yes i have",
        "yes i did",
        "i have",
        "i did",
        "yes thanks",
        "yes thank you",
        "yes i have thank you",
    ),
    cooking=_words("cooking", "toast", "frying", "kitchen", "burnt", "oven", "steam"),
    bathing=_words(
        "running a bath",
        "running the bath",
        "having a bath",
        "having a shower",
        "taking a bath",
        "taking a shower",
        "bathing",
        "showering",
        "washing",
        "mopping",
    ),
    taken=_words("taken", "took", "had it", "had them", "swallowed"),
    untaken=_words(
        "will",
        "ill",
        "going to",
        "about to",
        "soon",
        "should",
        "have i",
        "did i",
        "if",
    ),
)

CHINESE = Phrases(
    reassuring=(
        "不用帮忙",
        "不需要帮忙",
        "不需要帮助",
        "不用帮我",
        "不疼",
        "不痛",
        "不用叫医生",
        "不好意思",
        "没受伤",
    ),
    distress=(
        "救命",
        "帮我",
        "帮帮",
        "帮忙",
        "帮助",
        "疼",
        "痛",
        "流血",
        "骨折",
        "起不来",
        "站不起来",
        "动不了",
        "喘不",
        "救护车",
        "医生",
        "不舒服",
        "难受",
        "不好",
        "不行",
        "有事",
        "快来",
    ),
    fine=("我没事", "没事", "没关系", "我很好", "很好", "挺好", "还好", "好的", "没问题", "是的"),
    doubt=(
        "不",
        "没",
        "未",
        "摔",
        "跌",
        "晕",
        "可能",
        "应该",
        "但是",
        "她",
        "他",
        "忘",
        "吗",
        "等会",
        "等一会",
        "等下",
        "等一下",
        "待会",
        "一会儿",
        "过会",
        "晚点",
        "晚些",
        "稍后",
        "以后",
        "回头",
    ),
    no=("不", "不是", "没有", "摔了", "我摔了", "摔倒了", "我摔倒了"),
    yes=("是", "是的", "对", "对的"),
    cooking=("做饭", "煮", "炒菜", "烧菜", "厨房", "油烟", "烤"),
    bathing=("洗澡", "泡澡", "淋浴", "冲凉", "在洗", "拖地"),
    taken=("吃了", "吃过", "服了", "服过", "已经吃", "喝了"),
    untaken=("要", "去", "快", "马上", "该", "再", "饭"),
)

PHRASES: dict[str, Phrases] = {"en": ENGLISH, "zh_CN": CHINESE}

_DIGITS: dict[str, str] = {
    word: str(number)
    for words in (
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
        tuple("零一二三四五六七八九"),
    )
    for number, word in enumerate(words)
}
_DIGITS["oh"] = "0"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NOT_WORD = re.compile(r"[^\w\s]|_")


def normalise(text: str) -> str:
    """The form the tables are written in; "" for what holds no word at all."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    for apostrophe in ("'", "’", "`"):  # noqa: RUF001 - the typographic one is meant
        folded = folded.replace(apostrophe, "")
    words = _NOT_WORD.sub(" ", folded).split()
    if not words:
        return ""
    if any(_HAN.search(word) for word in words):
        return "".join(words)
    return f" {' '.join(words)} "


def digits_in(text: str) -> str:
    """The digits said or typed ("one two, 3 4"), or "" when anything else was said as well."""
    said = normalise(text)
    tokens = list(said) if _HAN.search(said) else said.split()
    found = [token if token.isdecimal() else _DIGITS.get(token, "") for token in tokens]
    return "".join(found) if found and all(found) else ""
