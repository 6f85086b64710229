# SPDX-License-Identifier: Apache-2.0
"""The playground's page in a browser: what is seen, what is asked, and without a mouse."""
import re
import time
import urllib.parse

import pytest

from command import ROOT
from test_playground import Playground, places

pytestmark = pytest.mark.slow

NAMES = ["bilingual-100k", "kogpt-style-64512", "ours"]
READY = "return document.documentElement.dataset.ready === 'true'"


@pytest.fixture(scope="module")
def served(tokenizer):
    playground = Playground(
        ROOT / "vocab" / NAMES[0], ROOT / "vocab" / NAMES[1], f"ours={tokenizer}")
    yield playground
    playground.end()


@pytest.fixture
def page(browser, served):
    """Opens the page with a text and choices, and waits for its answer."""

    def open_page(text=None, width=1280, dark=False, language="en", show="ids,morphemes", **more):
        state = {"lang": language, "show": show, **more}
        if text is not None:
            state["text"] = text
        browser.open(
            f"{served.address}#{urllib.parse.urlencode(state)}", width=width, dark=dark,
            language=language)
        browser.wait_until(READY)
        return browser

    yield open_page
    assert browser.complaints() == []
    for address in browser.requests():
        assert address.startswith(served.address) or address == "about:blank", address


def wait_for_ids(browser, name, ids):
    """Waits until the boxes of a row show `ids` below them."""
    browser.wait_until(
        "const row = document.getElementById('row-' + arguments[0]);"
        "return row !== null && JSON.stringify([...row.querySelectorAll('.box')].map("
        "(box) => box.querySelector('.below').textContent)) === JSON.stringify(arguments[1])",
        name, list(map(str, ids)))


def type_text(browser, text):
    browser.run("const t = document.getElementById('text'); t.value = ''; t.focus()")
    browser.one("#text").send_keys(text)


# ---- Typing ----


def test_tokens_appear_as_one_types_and_are_those_of_the_api(page, served):
    browser = page("")
    text = "학교에서는 뷁 1234"
    type_text(browser, text)
    answer = served.tokenize(text, *NAMES, morphemes=True)
    for result in answer["tokenizers"]:
        wait_for_ids(browser, result["name"], result["ids"])
    for name in ["characters", "bytes", "eojeols"]:
        assert f"{answer['counts'][name]} {name}" in browser.one("#counts").text
    tags = [tag or "" for tag in answer["morphemes"]["tags"]]
    wait_for_ids(browser, "morphemes", tags)
    rows = [[cell.text for cell in row.find_elements("css selector", "th,td")] for row in browser.all("#rows tr")]
    assert rows == [
        [result["name"], str(result["counts"]["tokens"]),
         f"{result['counts']['tokens_per_eojeol']:.2f}", f"{result['counts']['bytes_per_token']:.2f}"]
        for result in answer["tokenizers"]]


def test_choices_are_heeded(page, served):
    text = "앞 [BOS] 뒤"
    browser = page(text, show="ids,bytes")
    browser.one(f"input[value='{NAMES[0]}']").click()
    browser.one("#parse-special").click()
    result = served.tokenize(text, NAMES[1], parse_special_tokens=True)["tokenizers"][0]
    wait_for_ids(browser, NAMES[1], result["ids"])
    assert browser.run("return document.getElementById('row-' + arguments[0])", NAMES[0]) is None
    shown = browser.run(
        "return [...document.getElementById('row-' + arguments[0]).querySelectorAll('.below:last-child')]"
        ".map((line) => line.textContent)", NAMES[1])
    assert [bytes.fromhex(line) for line in shown] == places(result, text)
    assert len(browser.all(f"#row-{NAMES[1]} .added")) == 1


def test_the_address_keeps_text_and_choices(page, browser):
    page("첫 글")
    type_text(browser, "다시 보는 글 & #1 %")
    browser.one(f"input[value='{NAMES[0]}']").click()
    browser.one("#language").click()
    browser.wait_until("return location.hash.includes(encodeURIComponent('다시')) && location.hash.includes('lang=ko')")
    address = browser.driver.current_url
    browser.open(address)
    browser.wait_until(READY)
    assert browser.one("#text").get_attribute("value") == "다시 보는 글 & #1 %"
    assert browser.one("html").get_attribute("lang") == "ko"
    assert not browser.one(f"input[value='{NAMES[0]}']").is_selected()
    assert browser.one(f"input[value='{NAMES[1]}']").is_selected()


def test_a_text_that_is_too_long_is_told(page, browser):
    page("짧은 글")
    browser.run(
        "const t = document.getElementById('text'); t.value = '가'.repeat(400000);"
        "t.dispatchEvent(new Event('input', { bubbles: true }))")
    browser.wait_until("return document.getElementById('error').textContent.includes('too long')")
    assert not browser.all(".row")


def test_a_long_text_is_shown_in_part(page, browser):
    page("짧은 글")
    browser.run(
        "const t = document.getElementById('text'); t.value = '학교에서는 아이들이 '.repeat(9000);"
        "t.dispatchEvent(new Event('input', { bubbles: true }))")
    browser.wait_until("return document.querySelectorAll('#row-ours .box').length === 1000")
    browser.one("article:last-child .foot button").click()
    browser.wait_until("return document.querySelectorAll('#row-ours .box').length === 3000")


def test_what_normalisation_changed_is_shown(page, browser):
    page("\u1112\u1161\u11ab글")
    told = browser.one(".changes").text
    assert "U+1112 U+1161 U+11AB → 한 U+D55C" in told


# ---- Hostile text ----

HOSTILE = [
    "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>",
    "</textarea><svg onload=document.title='broken'>", "&lt;b&gt;&amp;", "{{7*7}} ${7*7} %s",
    "\u202eright to left\u202c שלום עולם مرحبا \u2067x\u2069", "".join(map(chr, range(1, 32))) + "\x7f\x80\x9f",
    "👨‍👩‍👧‍👦 👍🏽 🇰🇷 ❤️‍🔥 1️⃣", "a" + "\u0301" * 60, "\u200b\u2060\ufeff\u3164", "ᄒᆞᆫ 나랏말ᄊᆞ미", "\ufffd\uffff\U0010ffff",
    "a" * 3000, "가나다라" * 500,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text(page, served, browser, text):
    page(text, width=390, show="ids")
    # A text area turns every line break into a line feed.
    value = browser.one("#text").get_attribute("value")
    assert value == text.replace("\r\n", "\n").replace("\r", "\n")
    for result in served.tokenize(value, *NAMES)["tokenizers"]:
        wait_for_ids(browser, result["name"], result["ids"][:1000])
    assert browser.run("return document.title") == "Malmoi Tokenizer playground"
    assert browser.all("img, svg, #cards script, #cards b") == []
    assert browser.overflow() <= 0


# ---- Without a mouse ----


def test_everything_is_done_with_the_keyboard(page, served, browser):
    from selenium.webdriver import ActionChains, Keys

    page("학교에서는 뷁")
    browser.run("document.activeElement.blur()")
    visited = []
    for _ in range(40):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        place = browser.run(
            "const e = document.activeElement; const s = getComputedStyle(e);"
            "return [e.id || e.value || e.textContent.trim() || e.tagName, s.outlineStyle, parseFloat(s.outlineWidth)]")
        if place[0] in [seen[0] for seen in visited] or place[0] == "BODY":
            break
        visited.append(place)
    names = [name for name, _, _ in visited]
    # In the order of the page, each with its focus to be seen.
    expected = ["language", "text", *NAMES, "show-ids", "show-bytes", "show-morphemes", "parse-special",
                "row-morphemes", f"row-{NAMES[0]}"]
    assert [name for name in names if name in expected] == expected
    assert all(style != "none" and width >= 2 for _, style, width in visited), visited
    # Along a row.
    browser.run("document.getElementById('row-' + arguments[0]).focus()", NAMES[1])
    result = served.tokenize("학교에서는 뷁", NAMES[1])["tokenizers"][0]
    for index in range(len(result["ids"])):
        active = browser.run(
            "const row = document.activeElement;"
            "const box = document.getElementById(row.getAttribute('aria-activedescendant'));"
            "return [box.getAttribute('aria-label'), box.getAttribute('aria-selected'), row.querySelectorAll('[aria-selected=true]').length]")
        assert f"id {result['ids'][index]}" in active[0] and active[1:] == ["true", 1]
        assert f"id {result['ids'][index]}" in browser.one("#detail").text
        ActionChains(browser.driver).send_keys(Keys.ARROW_RIGHT).perform()
    ActionChains(browser.driver).send_keys(Keys.HOME).perform()
    assert f"id {result['ids'][0]}" in browser.one("#detail").text
    ActionChains(browser.driver).send_keys(Keys.ESCAPE).perform()
    assert browser.one("#detail").text == ""


def test_a_token_marks_the_same_text_in_the_other_rows(page, served, browser):
    text = "\u1112\u1161\u11ab글은 학교"
    page(text)
    browser.run("document.getElementById('row-ours').focus()")
    answer = served.tokenize(text, *NAMES)
    ours = answer["tokenizers"][2]
    start, end = ours["sources"][:2]
    for result in answer["tokenizers"][:2]:
        ends = result["ends"]
        touched = [index for index, (a, b) in enumerate(zip([0, *ends], ends)) if a < end and start < b]
        linked = browser.run(
            "return [...document.querySelectorAll('#row-' + arguments[0] + ' .linked')].map((b) => Number(b.dataset.index))",
            result["name"])
        assert linked == touched and touched


def test_controls_have_names_and_changes_are_told(page, browser):
    page("학교")
    for element in browser.all("input, textarea, button, a, [role=listbox], [role=option], section"):
        assert element.accessible_name.strip(), element.get_attribute("outerHTML")
    ids = browser.run("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    assert browser.one("#counts").get_attribute("aria-live") == "polite"
    assert browser.one("#error").get_attribute("role") == "alert"
    assert len(browser.all("h1")) == 1 and len(browser.all("main")) == 1
    levels = browser.run("return [...document.querySelectorAll('h1,h2,h3')].filter((e) => e.offsetParent).map((e) => +e.tagName[1])")
    assert all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:]))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_label_is_in_the_language_of_the_page(page, browser, language):
    page("학교", language=language)
    labels = browser.run("return [...document.querySelectorAll('[data-label]')].map((e) => e.textContent)")
    for label in labels:
        assert label and "undefined" not in label
        assert bool(re.search("[가-힣]", label)) == (language == "ko") or label == "ID"
    assert browser.one("html").get_attribute("lang") == language


# ---- Looks ----

CONTRAST = """
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.getClientRects().length) continue;
    const a = light(parse(getComputedStyle(element).color)), b = light(behind(element));
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.className || element.tagName]);
  }
  return found;"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_text_is_legible_and_fits(page, browser, width, dark):
    page(width=width, dark=dark, show="ids,bytes,morphemes")
    browser.run("document.getElementById('row-ours').focus()")
    ratios = browser.run(CONTRAST)
    assert len(ratios) > 100
    assert min(ratios)[0] >= 4.5, min(ratios)
    assert browser.overflow() <= 0
    shade = browser.run("return getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", shade)[:3])) < 200) == dark


def test_a_server_that_has_gone_is_told(browser, tokenizer):
    playground = Playground(f"ours={tokenizer}")
    browser.open(playground.address)
    browser.wait_until(READY)
    playground.end()
    browser.one("#text").send_keys("x")
    browser.wait_until("return document.getElementById('error').textContent.includes('does not answer')")
    # The browser complains of the request that failed, and of nothing else.
    assert all("ERR_CONNECTION_REFUSED" in told for told in browser.complaints())


def test_an_answer_that_is_late_is_dropped(page, served, browser):
    page("하나")
    # The first request is held back until the second has been answered.
    browser.run("""
      const real = window.fetch;
      let count = 0;
      window.fetch = async (...given) => {
        count += 1;
        if (count > 1) return real(...given);
        await new Promise((done) => setTimeout(done, 1500));
        given[1] = { ...given[1], signal: undefined };
        window.late = true;
        return real(...given);
      };""")
    type_text(browser, "늦은 글")
    # Longer than the page waits for more to be typed.
    time.sleep(0.4)
    browser.one("#text").send_keys(" 그리고 새 글")
    expected = served.tokenize("늦은 글 그리고 새 글", "ours")["tokenizers"][0]["ids"]
    wait_for_ids(browser, "ours", expected)
    browser.wait_until("return window.late === true")
    time.sleep(0.5)
    wait_for_ids(browser, "ours", expected)
