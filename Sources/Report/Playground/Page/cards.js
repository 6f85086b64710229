// SPDX-License-Identifier: Apache-2.0
// An answer of the server, as a table and a card for each tokenizer.

import { language } from "/labels.js";
import { Row, codePoints, hexadecimal, make, textOf, utf8 } from "/tokens.js";

const changesShown = 8;

const get = (id) => document.getElementById(id);

/** The rows on the page. */
let rows = [];

/** Takes everything off the page that an answer has put there. */
export function showNothing() {
  rows = [];
  tell(-1);
  get("cards").replaceChildren();
  get("comparison").hidden = true;
}

/** Shows what the server answered to a text, given as its bytes; `onMore` is called for more tokens. */
export function showAnswer(source, answer, shown, onMore) {
  showNothing();
  const cards = [];
  if (answer.morphemes) cards.push(morphemeCard(answer.morphemes, source));
  for (const result of answer.tokenizers) {
    cards.push(result.error ? errorCard(result.name, result.error) : tokenCard(result, source, shown, onMore));
  }
  get("cards").replaceChildren(...cards);
  showComparison(answer.tokenizers.filter((result) => !result.error));
}

export const sentence = (error) => error.what + (error.remedy ? "; " + error.remedy : "");

/** What was counted of `names`, in words. */
export function counted(counts, names) {
  const told = (name) =>
    language.labels.counted[name](
      name.includes("_per_") ? language.ratio(counts[name]) : language.count(counts[name]), counts[name] === 1);
  return names.map(told).join(" · ");
}

function showComparison(results) {
  get("comparison").hidden = results.length === 0;
  const most = Math.max(...results.map((result) => result.counts.tokens), 1);
  get("rows").replaceChildren(...results.map((result) => {
    const row = make("tr");
    const name = make("th", "", result.name);
    name.scope = "row";
    const tokens = make("td", "number bar");
    const bar = make("span", "length");
    bar.style.inlineSize = `${(100 * result.counts.tokens) / most}%`;
    tokens.append(bar, make("span", "value", language.count(result.counts.tokens)));
    row.append(
      name, tokens, make("td", "number", language.ratio(result.counts.tokens_per_eojeol)),
      make("td", "number", language.ratio(result.counts.bytes_per_token)));
    return row;
  }));
}

function card(title, about) {
  const element = make("article", "card");
  const head = make("header");
  head.append(make("h3", "", title), make("p", "about", about));
  element.append(head);
  return element;
}

function errorCard(name, error) {
  const element = card(name, "");
  element.append(make("p", "failure", sentence(error)));
  return element;
}

function morphemeCard(result, source) {
  const labels = language.labels;
  if (result.error) return errorCard(labels.morphemes, result.error);
  const bytes = result.text === null ? source : utf8(result.text);
  const count = result.tags.length;
  const parts = result.tags.map((tag, index) => {
    const [start, end] = result.ranges.slice(2 * index, 2 * index + 2);
    const piece = textOf(bytes.subarray(start, end));
    return {
      start, end, source: result.sources?.slice(2 * index, 2 * index + 2) ?? [start, end],
      below: [tag ?? ""], isAdded: false,
      label: [piece, tag, labels.morpheme(index + 1, count)].filter(Boolean).join(", "),
      told: [labels.morpheme(index + 1, count), tag ?? "", labels.place(start, end)],
      piece,
    };
  });
  const element = card(labels.morphemes, `${language.count(count)}${result.complete ? "" : "+"}`);
  element.append(row(labels.morphemes, bytes, parts));
  return element;
}

function tokenCard(result, source, shown, onMore) {
  const labels = language.labels;
  const about = [
    `${labels.vocabulary} ${language.count(result.vocabulary_size)}`,
    `${labels.preTokenizer} ${result.pre_tokenizer}`, `${labels.normalizer} ${result.normalizer}`,
  ];
  if (result.morphemes) about.push(`${labels.cutAtMorphemes}: ${result.morphemes}`);
  const element = card(result.name, about.join(" · "));
  element.append(make("p", "figures", counted(
    result.counts, ["tokens", "characters", "bytes", "eojeols", "tokens_per_eojeol", "bytes_per_token"])));
  const bytes = result.text === null ? source : utf8(result.text);
  if (result.change_count > 0) element.append(changes(result, source, bytes));
  const added = new Set(result.added_tokens);
  const count = result.counts.tokens;
  const parts = result.ids.map((id, index) => {
    const start = index === 0 ? 0 : result.ends[index - 1];
    const end = result.ends[index];
    const own = bytes.subarray(start, end);
    const piece = textOf(own);
    const below = [];
    if (shown.ids) below.push(String(id));
    if (shown.bytes) below.push(hexadecimal(own));
    const told = [labels.token(index + 1, count), labels.id(id), hexadecimal(own), labels.place(start, end)];
    if (added.has(index)) told.push(labels.added);
    return {
      start, end, source: result.sources?.slice(2 * index, 2 * index + 2) ?? [start, end], below,
      isAdded: added.has(index), label: [piece, ...told].join(", "), told, piece,
    };
  });
  element.append(row(result.name, bytes, parts));
  const foot = make("p", "foot");
  if (parts.length < count) foot.append(make("span", "", labels.hidden(language.count(count - parts.length))), more(onMore));
  foot.append(copy(result));
  element.append(foot);
  return element;
}

function row(name, bytes, parts) {
  const made = new Row(name, bytes, parts, (own, index) => tell(index, own));
  rows.push(made);
  return made.element;
}

/** What normalisation made of what. */
function changes(result, source, bytes) {
  const list = make("p", "changes", language.labels.changed(result.normalizer, language.count(result.change_count)));
  for (let index = 0; index < Math.min(result.changes.length, 4 * changesShown); index += 4) {
    const [start, end, from, to] = result.changes.slice(index, index + 4);
    // The text ends with the tokens that are shown.
    if (end > bytes.length) break;
    const was = textOf(source.subarray(from, to)), is = textOf(bytes.subarray(start, end));
    const change = make("span", "change");
    change.append(make("bdi", "", codePoints(was)), " → ", make("bdi", "", is === "" ? language.labels.leftOut : `${is} ${codePoints(is)}`));
    list.append(" ", change);
  }
  if (result.change_count > changesShown) list.append(" …");
  return list;
}

function more(onMore) {
  const button = make("button", "", language.labels.more);
  button.type = "button";
  button.addEventListener("click", onMore);
  return button;
}

function copy(result) {
  const button = make("button", "", language.labels.copyIDs);
  button.type = "button";
  button.setAttribute("aria-label", `${language.labels.copyIDs}: ${result.name}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(result.ids.join(" "));
    button.textContent = language.labels.copied;
  });
  return button;
}

/** Tells about a part of a row, and marks what comes from the same text in the others. */
function tell(index, own) {
  const detail = get("detail");
  const part = own?.parts[index];
  for (const other of rows) {
    if (part && other !== own) other.link(...part.source);
    else other.link();
  }
  detail.replaceChildren();
  if (!part) return;
  const name = make("strong", "", own.element.getAttribute("aria-label"));
  const box = own.boxes[index].querySelector(".piece").cloneNode(true);
  detail.append(name, box, make("span", "", part.told.filter(Boolean).join(" · ")));
}
