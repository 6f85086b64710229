// SPDX-License-Identifier: Apache-2.0
// What the page says, in English and in Korean.

const english = {
  title: "Tokenizer playground",
  skip: "To the tokens",
  text: "Text",
  tokenizers: "Tokenizers",
  tokenizer: "tokenizer",
  show: "Show",
  ids: "ids",
  bytesInHex: "bytes (hex)",
  morphemes: "morphemes",
  parseSpecial: "special tokens in the text become ids",
  comparison: "Comparison",
  results: "Tokens",
  hint: "Point at a token, or go to a row with Tab and along it with the arrow keys.",
  tokens: "tokens",
  counted: {
    tokens: (count, isOne) => `${count} ${isOne ? "token" : "tokens"}`,
    characters: (count, isOne) => `${count} ${isOne ? "character" : "characters"}`,
    bytes: (count, isOne) => `${count} ${isOne ? "byte" : "bytes"}`,
    eojeols: (count, isOne) => `${count} ${isOne ? "eojeol" : "eojeols"}`,
    tokens_per_eojeol: (ratio) => `${ratio} tokens per eojeol`,
    bytes_per_token: (ratio) => `${ratio} bytes per token`,
  },
  tokensPerEojeol: "tokens per eojeol",
  bytesPerToken: "bytes per token",
  vocabulary: "vocabulary",
  preTokenizer: "pre-tokenizer",
  normalizer: "normalizer",
  cutAtMorphemes: "cuts at morphemes",
  copyIDs: "Copy ids",
  copied: "Copied",
  more: "Show more",
  chooseOne: "Choose a tokenizer.",
  working: "Working …",
  unreachable: "The playground does not answer: is “malmoi playground” still running?",
  tooLong: "The text is too long for the playground (1 MiB).",
  notInAddress: "The text is too long to be kept in the address.",
  added: "added token",
  other: "한국어",
  token: (number, of) => `token ${number} of ${of}`,
  morpheme: (number, of) => `morpheme ${number} of ${of}`,
  id: (id) => `id ${id}`,
  hidden: (count) => `${count} more not shown`,
  changed: (normalizer, count) =>
    `The normalizer ${normalizer} changed the text in ${count} ${count === 1 ? "place" : "places"}:`,
  leftOut: "(left out)",
  place: (start, end) => `bytes ${start}–${end}`,
};

const korean = {
  title: "토크나이저 놀이터",
  skip: "토큰으로 건너뛰기",
  text: "텍스트",
  tokenizers: "토크나이저",
  tokenizer: "토크나이저",
  show: "표시",
  ids: "ID",
  bytesInHex: "바이트(16진수)",
  morphemes: "형태소",
  parseSpecial: "텍스트 안의 특수 토큰을 ID로 처리",
  comparison: "비교",
  results: "토큰",
  hint: "토큰에 마우스를 올리거나, Tab으로 줄을 고른 뒤 화살표 키로 움직이세요.",
  tokens: "토큰",
  counted: {
    tokens: (count) => `토큰 ${count}개`,
    characters: (count) => `${count}자`,
    bytes: (count) => `${count}바이트`,
    eojeols: (count) => `${count}어절`,
    tokens_per_eojeol: (ratio) => `어절당 토큰 ${ratio}개`,
    bytes_per_token: (ratio) => `토큰당 ${ratio}바이트`,
  },
  tokensPerEojeol: "어절당 토큰",
  bytesPerToken: "토큰당 바이트",
  vocabulary: "어휘 크기",
  preTokenizer: "사전 분할",
  normalizer: "정규화",
  cutAtMorphemes: "형태소 경계에서 자름",
  copyIDs: "ID 복사",
  copied: "복사했습니다",
  more: "더 보기",
  chooseOne: "토크나이저를 고르세요.",
  working: "처리하는 중 …",
  unreachable: "서버가 응답하지 않습니다. “malmoi playground”가 실행 중인지 확인하세요.",
  tooLong: "텍스트가 너무 깁니다(최대 1MiB).",
  notInAddress: "텍스트가 길어서 주소에 담지 않았습니다.",
  added: "추가 토큰",
  other: "English",
  token: (number, of) => `토큰 ${of}개 중 ${number}번째`,
  morpheme: (number, of) => `형태소 ${of}개 중 ${number}번째`,
  id: (id) => `ID ${id}`,
  hidden: (count) => `${count}개는 표시하지 않음`,
  changed: (normalizer, count) => `정규화(${normalizer})로 바뀐 곳 ${count}군데:`,
  leftOut: "(삭제됨)",
  place: (start, end) => `바이트 ${start}–${end}`,
};

const languages = { en: english, ko: korean };

/** The language of the page, and its labels. */
export const language = {
  code: "en",
  get labels() { return languages[this.code]; },
  get numbers() { return this.code === "ko" ? "ko-KR" : "en-US"; },

  /** Takes up a language; one that is unknown is English. */
  set(code) {
    this.code = code in languages ? code : "en";
    document.documentElement.lang = this.code;
    for (const element of document.querySelectorAll("[data-label]")) {
      element.textContent = this.labels[element.dataset.label];
    }
    const button = document.getElementById("language");
    button.textContent = this.labels.other;
    button.lang = this.code === "ko" ? "en" : "ko";
    document.title = `Malmoi ${this.labels.title}`;
  },

  count(value) { return value.toLocaleString(this.numbers); },
  ratio(value) {
    return value.toLocaleString(this.numbers, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  },
};
