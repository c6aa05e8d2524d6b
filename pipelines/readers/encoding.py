"""Which encoding a text is in that is not UTF-8: by its marks, by its zeros, else by which one makes words of it.

Detectors that count byte frequencies fail on the few names an export holds, so each encoding is tried and its words are
looked at: letters that one language uses together, capitals where capitals stand, signs where signs stand.
"""

import codecs
import itertools
import re
import unicodedata
from collections.abc import Iterator

LOOKED_AT = 2000  # words with letters beyond ASCII
DOUBTFUL = 0.3  # below it, nothing speaks against what most offices write
SURE = 0.25  # by how much the best must exceed the next, where they read differently

SHOWN = {
    "cp1252": "Windows-1252 (Western)",
    "mac_roman": "Mac Roman",
    "cp850": "DOS 850 (Western)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859_2": "ISO 8859-2 (Central European)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "cp866": "DOS 866 (Cyrillic)",
    "iso8859_5": "ISO 8859-5 (Cyrillic)",
    "mac_cyrillic": "Mac Cyrillic",
    "cp1253": "Windows-1253 (Greek)",
    "iso8859_7": "ISO 8859-7 (Greek)",
    "cp932": "Shift-JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "EUC-KR (Korean)",
    "iso2022_jp": "ISO-2022-JP (Japanese)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
}
TRIED = [name for name in SHOWN if not name.startswith("utf")]
WESTERN = {
    *(
        "äöüß",
        "éèàêçùôîûâëïœæ",
        "áéíóúñü",
        "ãçáéõóêâíàú",
        "èàùìòéó",
        "åäöé",
        "æøåé",
        "ëéïöèü",
        "çàéèíòóúïü",
        "áéíóúâêîôûŵŷ",
    ),
}
CENTRAL = {"ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž", "äöüß"}
CYRILLIC = {
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "абвгдђежзијклљмнњопрстћуфхцчџш",
}
GREEK = {"αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"}
TURKISH = {"çğıöşüâîi̇"}
COMMON: dict = {
    "cyrillic": ("оеаинтсрвлкмдпуяыьгзбчйхі", "аеёиоуыэюяіїє"),
    "greek": ("αοιετσνηυρπκμλςίόέάή", "αεηιουωάέήίόύώ"),
    "japanese": "年月日時分大本中田山川村木林井上下小野高橋藤佐伊石新東京都名前部門課社会員者番号開始終了状態件件数障害対応担当人子一二三四五六七八九十"
    "松原前後内外北南西金水火土生正平和島谷池森岡清辺渡加福吉浜河関柄郎美由紀夫浩明",
    "chinese": "的一是不了在人有我他这中大来上国个到说们为子和你地出也时年得就那要下以生会自着去之过家学对可里后小多天能好都没日起发成事只作当"
    "想看文无开手用主行方如前所本见经面公同三从动两长知民现分将外但身些高意进法此实回二理点月明其种声全工己话者向情部正名定力机给等业"
    "间新位因重电第门相次东政海口使教平真世气信北少关并内加化由代产入先山五水万市体别处总才场员王李张刘陈杨黄赵周吴徐孙"
    "這來個說們為時對後開從動兩長現將實點種聲話業間電門東車張劉陳楊黃趙吳孫號類態",
}
LANGUAGES = {
    "cp1252": WESTERN,
    "mac_roman": WESTERN,
    "cp850": WESTERN,
    "cp1250": CENTRAL,
    "iso8859_2": CENTRAL,
    "cp1254": TURKISH,
    **dict.fromkeys(("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic"), CYRILLIC),
    **dict.fromkeys(("cp1253", "iso8859_7"), GREEK),
}
WESTERN_NAMES = ("cp1252", "mac_roman", "cp850")
EASTERN = ("cp932", "euc_jp", "gb18030", "big5", "cp949")
# The first is taken where several make the same sense: what offices write is in it.
ORDER = (
    "cp1252",
    "cp1250",
    "cp932",
    "cp1251",
    "mac_roman",
    "cp1253",
    "cp1254",
    "iso8859_2",
    "cp850",
    "iso8859_7",
)
NO_TEXT = ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7")
ASCII = {chr(code) for code in range(128)}


def marked(start: bytes) -> str | None:
    """The encoding that a file's first bytes show: a byte order mark, or zeros in every second or fourth place."""
    if start[:4] in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE):
        return "utf-32"
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if start[:3] == codecs.BOM_UTF8:
        return "utf-8-sig"
    if b"\x1b$" in start and start.isascii():
        return "iso2022_jp"
    zeros = [start[place::4].count(0) for place in range(4)]
    quarter = len(start) // 4
    if quarter and min(zeros[2:]) > 0.9 * quarter > 2 * zeros[0]:
        return "utf-32-le"
    if quarter and min(zeros[:2]) > 0.9 * quarter > 2 * zeros[3]:
        return "utf-32-be"
    pairs, low, high = len(start) // 2, zeros[1] + zeros[3], zeros[0] + zeros[2]
    if pairs and low > 0.3 * pairs and not high:
        return "utf-16-le"
    return "utf-16-be" if pairs and high > 0.3 * pairs and not low else None


def guessed(data: bytes) -> tuple[str | None, list[str]]:
    """The encoding that makes most sense of a text with bytes beyond ASCII, and others that make about as much.

    None where none can be read.
    """
    scores = {
        name: score
        for name in SHOWN
        if not name.startswith("utf") and (score := _score(data, name)) is not None
    }
    if not scores:
        return None, []
    if "cp1252" in scores and max(scores.values()) < DOUBTFUL:
        scores = {"cp1252": scores["cp1252"]}
    if max(scores.values()) < 0:
        return None, []
    ranked = sorted(scores, key=lambda name: (-scores[name], ORDER.index(name) if name in ORDER else 99))
    best = ranked[0]
    shown = data.decode(best)
    rivals = [
        name for name in ranked[1:] if scores[name] > scores[best] - SURE and data.decode(name) != shown
    ]
    return best, rivals[:3]


def _score(data: bytes, name: str) -> float | None:
    """How many of the words that an encoding makes are words, from -1 to 1; None where it makes none."""
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        return None
    if any(unicodedata.category(char) in ("Cc", "Cn", "Co") for char in {*text} - {*"\t\r\n\f\v\x1a"}):
        return None
    words = list(_words(text))
    if not words:
        return None
    if name in EASTERN:
        return _eastern("".join(words), name)
    if name == "iso2022_jp":
        return None
    return sum(_word(word, name) for word in words) / len(words) + (0.01 if name == "cp1252" else 0)


def _words(text: str) -> Iterator[str]:
    """Each word with letters or signs beyond ASCII, once, with the characters beside it."""
    seen = set()
    for hit in re.finditer(r"\S*[^\x00-\x7f]\S*", text):
        for word in re.split(r'[\s,;|:"/()<>=+]+', hit[0]):
            if word and not word.isascii() and word not in seen:
                seen.add(word)
                yield word
        if len(seen) > LOOKED_AT:
            return


def _word(word: str, name: str) -> float:
    """1 for a word of one of the languages written in the encoding, -1 for what can be none."""
    letters = [char for char in word if not char.isascii() and char.isalpha()]
    if _sign_misplaced(word):
        return -1.0
    if not letters:
        return 1.0 if any(char in "€£’“”–…°" for char in word) else 0.2
    if re.search(r"\d[^\W\d_a-zA-Z]|[^\W\d_a-zA-Z]\d", word):
        return -0.6
    bare = re.sub(r"[^\w]|[\d_]", "", word)
    if _capital_inside(bare):
        return -1.0
    if len(bare) == 1 and (bare not in "àâèéêíòóù" or name not in WESTERN_NAMES):
        return 0.2
    low, languages = bare.lower(), LANGUAGES[name]
    fits = any({*low} - ASCII <= {*language} for language in languages)
    if languages is CYRILLIC or languages is GREEK:
        common, vowels = COMMON["cyrillic" if languages is CYRILLIC else "greek"]
        if (
            not fits
            or not ASCII.isdisjoint(low)
            or (len(low) > 3 and sum(c in vowels for c in low) < len(low) / 4)
        ):
            return -1.0
        return 0.2 + 0.8 * sum(char in common for char in low) / len(low)
    if not fits or (len(bare) > 3 and len(letters) > 0.6 * len(bare)):
        return -0.6
    return 1.0


def _sign_misplaced(word: str) -> bool:
    """Whether a sign stands where none does: inside a word but for an apostrophe or a dash, or beside another sign."""
    around = f" {word} "
    for before, char, after in zip(around, around[1:], around[2:], strict=False):
        if char.isascii() or char.isalpha():
            continue
        if before.isalpha() and after.isalpha() and char not in "’‘‐‑·":
            return True
        if not after.isascii() or unicodedata.category(char) in ("Sk", "Lm") or "\u2500" <= char <= "\u259f":
            return True
        if char in "¸ˆ˜‰‡¶¾¼½¬¯ªº" and (before.isalpha() or after.isalpha()):
            return True
        if char in "«»" and not ("«" in word and "»" in word):
            return True
    return False


def _capital_inside(letters: str) -> bool:
    """Whether a capital beyond ASCII follows a small letter, or a small one stands among capitals."""
    pairs = list(itertools.pairwise(letters))
    if any(a.islower() and b.isupper() and not (a.isascii() and b.isascii()) for a, b in pairs):
        return True
    return (
        len(letters) > 3
        and sum(map(str.isupper, letters)) > 0.7 * len(letters)
        and any(char.islower() and not char.isascii() and char != "ß" for char in letters)
    )


def _eastern(text: str, name: str) -> float:
    """How common the signs are that a double-byte encoding makes."""
    odd = [char for char in text if not char.isascii()]
    if len(odd) < 2:
        return 0.2
    kana = sum("\u3041" <= char <= "\u30ff" for char in odd)
    hangul = sum("\uac00" <= char <= "\ud7a3" for char in odd)
    ideographs = sum("\u4e00" <= char <= "\u9fff" for char in odd)
    wide = sum("\u3000" <= char <= "\u303f" or "\uff01" <= char <= "\uff60" for char in odd)
    beside = sum(1 for a, b in itertools.pairwise(text) if a.isascii() and a.isalpha() and not b.isascii())
    strange = len(odd) - kana - hangul - ideographs - wide + beside
    if name == "cp949":
        common = sum("\uac00" <= char <= "\ud7a3" and _in_euc_kr(char) for char in odd)
        return (common + wide - 2 * (len(odd) - common - wide + beside)) / len(odd)
    if name in ("cp932", "euc_jp"):
        known = sum(char in COMMON["japanese"] for char in odd)
        ideographs = ideographs if kana or name == "cp932" else known
        return min(
            1.0, (kana + wide + known + 0.5 * (ideographs - known) - 2 * (hangul + strange)) / len(odd)
        )
    known = sum(char in COMMON["chinese"] for char in odd)
    return min(1.0, (wide + known + 0.4 * (ideographs - known) - 2 * (hangul + kana + strange)) / len(odd))


def _in_euc_kr(char: str) -> bool:
    try:
        return len(char.encode("euc_kr")) == 2  # the rare ones take eight
    except UnicodeEncodeError:
        return False


def shown(name: str) -> str:
    """An encoding as people know it."""
    return SHOWN.get(name) or SHOWN.get(name.replace("-", "_")) or name.upper()


def known(name: str) -> str | None:
    """The name under which Python knows an encoding of text; None for what is none."""
    try:
        found = codecs.lookup(name).name
        b"a".decode(name)
    except UnicodeError:
        return found  # of two bytes and more
    except (LookupError, ValueError):
        return None
    return None if found.replace("-", "_") in NO_TEXT else found
