// SPDX-License-Identifier: Apache-2.0
// What is typed and chosen, and what the server answers.

import { counted, sentence, showAnswer, showNothing } from "/cards.js";
import { language } from "/labels.js";
import { make, utf8 } from "/tokens.js";

const sample =
  "학교에서는 아이들이 뛰어놀았다. 된장찌개를 끓여 먹었습니다.\n" +
  "값싸고 맛있는 떡볶이 ㅋㅋㅋ 😀 뷁, 그리고 " + "한글".normalize("NFD") + "(NFD)도 2026년 11월에.\n";
/** The most tokens of a tokenizer that are shown at first, and how many times more on request. */
const firstShown = 1000, moreShown = 3;
/** A longer text is not kept in the address. */
const addressCharacters = 16_384;
const shownAtFirst = 4;

const get = (id) => document.getElementById(id);
const text = get("text");
const options = { ids: get("show-ids"), bytes: get("show-bytes"), morphemes: get("show-morphemes"), special: get("parse-special") };

let known = { tokenizers: [], maximum_body_bytes: 1 << 20 };
let shown = firstShown;
let answered = null;

// ---- State in the address, after the #, which browsers do not send ----

function readAddress() {
  const state = new URLSearchParams(location.hash.slice(1));
  language.set(state.get("lang") ?? (navigator.language.startsWith("ko") ? "ko" : "en"));
  text.value = state.get("text") ?? sample;
  const show = (state.get("show") ?? "ids,morphemes").split(",");
  for (const name of Object.keys(options)) options[name].checked = show.includes(name);
  const chosen = state.getAll("tokenizer");
  for (const [index, box] of boxes().entries()) {
    box.checked = chosen.length > 0 ? chosen.includes(box.value) : index < shownAtFirst;
  }
}

function writeAddress() {
  const state = new URLSearchParams({ lang: language.code });
  for (const box of boxes()) if (box.checked) state.append("tokenizer", box.value);
  state.set("show", Object.keys(options).filter((name) => options[name].checked).join(","));
  const isKept = text.value.length <= addressCharacters;
  if (isKept) state.set("text", text.value);
  history.replaceState(null, "", "#" + state);
  return isKept;
}

// ---- Asking ----

const boxes = () => [...document.querySelectorAll("#tokenizers input")];

/** Calls `work` once nothing has happened for so many milliseconds. */
function debounced(milliseconds, work) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
}

let asked = 0;
let abort = new AbortController();

async function ask() {
  // An answer that is no longer wanted is dropped, however late it comes.
  asked += 1;
  const number = asked;
  abort.abort();
  abort = new AbortController();
  const source = text.value.toWellFormed();
  const chosen = boxes().filter((box) => box.checked).map((box) => box.value);
  const body = utf8(JSON.stringify({
    text: source, tokenizers: chosen, parse_special_tokens: options.special.checked,
    morphemes: options.morphemes.checked, max_tokens: shown,
  }));
  if (body.length > known.maximum_body_bytes) return fail(language.labels.tooLong);
  // A tokenizer is read when it is first asked for, which takes a while.
  const waiting = setTimeout(() => { get("counts").textContent = language.labels.working; }, 400);
  try {
    const response = await fetch("/api/tokenize", {
      method: "POST", headers: { "Content-Type": "application/json" }, body, signal: abort.signal,
    });
    const answer = await response.json();
    if (number !== asked) return;
    if (answer.error) return fail(sentence(answer.error));
    answered = { source: utf8(source), answer };
    render();
  } catch (error) {
    if (number === asked && error.name !== "AbortError") fail(language.labels.unreachable);
  } finally {
    clearTimeout(waiting);
  }
}

function fail(message) {
  answered = null;
  showNothing();
  get("counts").textContent = "";
  get("error").textContent = message;
  get("error").hidden = false;
}

function render() {
  const { source, answer } = answered;
  const labels = language.labels;
  get("error").hidden = answer.tokenizers.length > 0;
  get("error").textContent = answer.tokenizers.length > 0 ? "" : labels.chooseOne;
  showAnswer(source, answer, { ids: options.ids.checked, bytes: options.bytes.checked }, more);
  const texts = [counted(answer.counts, ["characters", "bytes", "eojeols"])];
  for (const result of answer.tokenizers) {
    if (!result.error) texts.push(`${result.name}: ${counted(result.counts, ["tokens"])}`);
  }
  if (text.value.length > addressCharacters) texts.push(labels.notInAddress);
  get("counts").textContent = texts.join(" · ");
}

function more() {
  shown *= moreShown;
  ask();
}

// ---- Beginning ----

const askSoon = debounced(120, ask);
const keepSoon = debounced(400, writeAddress);

function changed() {
  shown = firstShown;
  askSoon();
  keepSoon();
}

async function begin() {
  language.set(navigator.language.startsWith("ko") ? "ko" : "en");
  try {
    known = await (await fetch("/api/tokenizers")).json();
  } catch {
    return fail(language.labels.unreachable);
  }
  get("tokenizers").replaceChildren(...known.tokenizers.map((tokenizer) => {
    const label = make("label");
    const box = make("input");
    box.type = "checkbox";
    box.value = tokenizer.name;
    label.title = tokenizer.path;
    label.append(box, " ", make("span", "", tokenizer.name));
    return label;
  }));
  readAddress();
  get("form").addEventListener("input", changed);
  get("form").addEventListener("submit", (event) => event.preventDefault());
  get("language").addEventListener("click", () => {
    language.set(language.code === "ko" ? "en" : "ko");
    writeAddress();
    if (answered) render();
  });
  addEventListener("hashchange", () => {
    readAddress();
    ask();
  });
  await ask();
  document.documentElement.dataset.ready = "true";
}

begin();
