# SPDX-License-Identifier: Apache-2.0
"""Strings that tokenizers get wrong."""
import base64
import random
import unicodedata

SPACES = [
    "\t", "\n", "\v", "\f", "\r", "\x1c", "\x1d", "\x1e", "\x1f", " ", "\x85", "\xa0", "\u1680",
    *map(chr, range(0x2000, 0x200B)), "\u2028", "\u2029", "\u202f", "\u205f", "\u3000",
    # Not White_Space, though they look like it.
    "\u180e", "\u200b", "\u2060", "\ufeff", "\u3164", "\uffa0", "\u115f",
]

PLAIN = [
    "", "a", "Z", "0", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\r", "\t", "\0", "\x7f", " \n ",
    "값", "값 ", " 값", "값이 싸다", "저녁에는 된장찌개를 끓여 먹었습니다.", "띄어쓰기없이도읽을수있는문장",
    "나는 밥을 먹고, 너는 국수를 먹었다!", "'강물은 흐른다'고 했다", "1,234,567원(약 12.5%)", "3·1 운동과 6·25",
    "㈜말모이 ㎡ ㏊ ① ⅷ ½ ² ٣ ४ ๕ 〇 一二三", "ＡＢＣ　１２３　ｶﾅ", "韓國語의 語源과 歷史", "金 李 不 樂",
    "カタカナとひらがな", "中文分词 没有空格", "Ünïcödé naïve façade", "Ελληνικά Кириллица עברית العربية",
    "हिन्दी தமிழ் ไทย ລາວ မြန်မာ ខ្មែរ", "𐍈𐌰 𝔘𝔫𝔦 𝟙𝟚𝟛 𠀀𪜶 🜁", "ᏣᎳᎩ ⴰⵣⵓⵍ ߒߞߏ",
    # Jamo of every kind
    "ㄱㄴㄷㄹ ㅏㅑㅓㅕ", "ㅋㅋㅋㅋㅋ", "ㅠㅠ ㅜㅜ ㅎㅎ ㄷㄷ ㅇㅇ", "ㄲㄸㅃㅆㅉ ㄳㄵㄶㄺ", "ㆍ ㆁ ㅿ ㆆ ㅸ",
    "\u1100\u1161\u11a8", "\u1100\u1161", "\u1100", "\u1161", "\u11a8", "\u1161\u1100", "\u11a8\u1161",
    "가\u11a8", "각\u11a8", "\u1100\u1161\u11a7", "가\u11a7", "가\u11c3", "\u1112\u119e\u11ab",
    "\u1102\u1161\u11bc\u1109\u1161\u1112\u1161", "\ua960\u1161\ud7cb", "나랏말ᄊᆞ미 듀ᇰ귁에달아",
    unicodedata.normalize("NFD", "대한민국의 주권은 국민에게 있고"),
    unicodedata.normalize("NFKD", "①㉠㈀ﬁ가각"), "\uffa1\uffc2 ﾡￂ", "\u302e가\u302f나",
    "가\u0301", "e\u0301 e\u0323\u0302 a\u0302\u0323", "\u0344 \u0958 \u2adc \ufb1d \U0001d15e", "\u212b \u2126 \uf900",
    "q\u0323\u0307" * 40, "a" + "\u0301" * 300, "\u0301a", "\u3099か\u3099",
    # Emoji
    "😀", "👨‍👩‍👧‍👦", "👍🏽", "🇰🇷🇰🇵", "❤️‍🔥", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "1️⃣", "ㅋㅋ😂ㅋㅋ",
    # Contractions and quotes
    "don't can't I'll we're they've I'm he'd it's", "DON'T I'LL", "가's 나'll '가 ''ll 's's", "it’s", "'", "''", "'ss 'tx",
    # Line ends and white space
    "가\r\n나\r\n", "줄\n\n\n끝", "끝 \n", "끝\t\t나", "가  나   다    라", "  앞", "뒤  ", "\n 가", " \t \n 가", "가\xa0나", "가 \xa0 나",
    "\u2028가\u2029", "가\u200b나\u200d다", "\ufeff가", "\u3000가\u3000\u3000나", "\x85가\x85", "\x1c\x1d\x1e\x1f",
    # Code, addresses, markup
    "https://ko.wikipedia.org/wiki/%ED%95%9C%EA%B8%80?a=b&c=d#e", "user.name+tag@example.co.kr", "<p class=\"a\">가&nbsp;나</p>",
    "for (int i = 0; i < 10; ++i) { x[i] += 1; }", "def f(x):\n\treturn x**2\n", "{\"키\": [1, 2.5e-3, null]}", "C:\\사용자\\문서", "010-1234-5678",
    "----====____****", "...!!!???~~~", "。、「」『』", "₩1,000 €5 £3 ¥100", "∑∫√∞≠≤", "\\u0000 \\n", "#해시태그 @멘션",
    "\ufffd\ufffd", "\uffff\ufffe", "\U0010ffff", "\ue000\uf8ff", "\u0378\u0530",
]

LONG = {
    "a hundred thousand ㅋ": "ㅋ" * 100_000,
    "a megabyte of Hangul without a space": "가나다라마바사아자차카타파하" * 25_000,
    "a megabyte of one letter": "a" * 1_000_000,
    "a megabyte of digits": "0123456789" * 100_000,
    "a megabyte of Base64": base64.b64encode(random.Random(5).randbytes(750_000)).decode(),
    "a megabyte of random Hangul": "".join(
        map(chr, random.Random(6).choices(range(0xAC00, 0xD7A4), k=350_000))),
    "a hundred thousand marks": "!" * 100_000,
    "a hundred thousand apostrophes": "'" * 100_000,
    "many pretokens": "가 " * 100_000,
    "NFD jamo for a megabyte": "\u1112\u1161\u11ab" * 111_112,
    "ten thousand combining marks": "a" + "\u0301\u0323" * 5_000,
    "ten thousand emoji joined": "👩\u200d" * 10_000,
    "CRLF again and again": "가\r\n" * 20_000,
}
# tiktoken's regular expressions give up on these, Hugging Face's do not.
LONG_SPACES = {
    "a hundred thousand spaces": " " * 100_000 + "가",
    "a hundred thousand line ends": "\n" * 100_000,
    "white space of all kinds": "".join(SPACES[:24]) * 4_000 + "x",
}


def spaced():
    """Every space alone, twice, and between letters."""
    return [
        text.replace("_", space)
        for space in SPACES for text in ("_", "__", "가_나", "가__나", "_가", "가_", " _가", "_ 가", "가_\n나")
    ]


def random_unicode(seed, count=300, points=None):
    """Random strings over all planes, surrogates left out, or over `points`."""
    source = random.Random(seed)

    def point():
        while True:
            top = source.choice([0x80, 0x800, 0x3000, 0xD7FF, 0x10000, 0x20000, 0x110000])
            value = source.randrange(top)
            if not 0xD800 <= value < 0xE000:
                return chr(value)

    pick = point if points is None else lambda: source.choice(points)
    return ["".join(pick() for _ in range(source.randrange(40))) for _ in range(count)]


def random_mixtures(seed, count=300):
    """Random strings of the characters that decide where pretokens and syllables end."""
    points = [
        *" \t\n\r\xa0\u3000'stremdvl0159.,!-a가각힣ㅋㅏ\u1100\u1161\u11a8\u119e\u0301\u0323😀\u200d한漢é½",
    ]
    return random_unicode(seed, count, points)


def random_bytes(seed, count=200):
    """Random bytes, and text with bytes broken out of it."""
    source = random.Random(seed)
    found = [source.randbytes(source.randrange(200)) for _ in range(count // 2)]
    text = "한글과 emoji 👨‍👩‍👧 그리고 \r\n 옛한글 ᄒᆞᆫ글 ".encode()
    for _ in range(count // 2):
        broken = bytearray(text)
        for _ in range(source.randrange(1, 6)):
            place = source.randrange(len(broken))
            if source.random() < 0.5:
                broken[place] = source.randrange(256)
            else:
                del broken[place]
        found.append(bytes(broken))
    return found


def all_strings():
    return [*PLAIN, *spaced(), *random_mixtures(1), *random_mixtures(2)]
