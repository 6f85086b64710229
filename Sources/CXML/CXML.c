// SPDX-License-Identifier: Apache-2.0

#include "CXML.h"

#include <errno.h>
#include <iconv.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// ---- Growing text ----

void cxml_free(cxml_text *text) {
  free(text->bytes);
  memset(text, 0, sizeof *text);
}

static bool reserve(cxml_text *text, size_t more) {
  if (text->capacity - text->count >= more) return true;
  size_t capacity = text->capacity ? text->capacity : 4096;
  while (capacity - text->count < more) capacity *= 2;
  uint8_t *grown = realloc(text->bytes, capacity);
  if (!grown) return false;
  text->bytes = grown;
  text->capacity = capacity;
  return true;
}

static bool append(cxml_text *text, const void *bytes, size_t count) {
  if (!reserve(text, count)) return false;
  memcpy(text->bytes + text->count, bytes, count);
  text->count += count;
  return true;
}

// ---- Elements ----

static bool is_one_of(const xmlChar *name, const char *const *names, size_t count) {
  size_t low = 0;
  while (low < count) {
    size_t middle = (low + count) / 2;
    int order = strcmp((const char *)name, names[middle]);
    if (order == 0) return true;
    if (order < 0) count = middle; else low = middle + 1;
  }
  return false;
}

// Both sorted, for the search by halves.
static const char *const block_names[] = {
  "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details",
  "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1",
  "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li", "listing", "main", "menu",
  "ol", "p", "plaintext", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
  "ul", "xmp",
};
static const char *const unseen_names[] = {
  "applet", "area", "audio", "base", "button", "canvas", "datalist", "embed", "frame", "frameset",
  "head", "iframe", "input", "link", "map", "meta", "nav", "noembed", "noframes", "noscript",
  "object", "optgroup", "option", "param", "script", "select", "source", "style", "svg", "template",
  "textarea", "title", "track", "video",
};
#define COUNT(names) (sizeof names / sizeof *names)

static bool has_value(const xmlNode *node, const char *name, const char *wanted) {
  xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
  if (!value) return false;
  bool is_equal = xmlStrcasecmp(value, (const xmlChar *)wanted) == 0;
  xmlFree(value);
  return is_equal;
}

/// Whether the style of `node` says `display: none` or `visibility: hidden`.
static bool has_hiding_style(const xmlNode *node) {
  xmlChar *style = xmlGetProp(node, (const xmlChar *)"style");
  if (!style) return false;
  size_t kept = 0;
  for (size_t index = 0; style[index]; index++) {
    xmlChar byte = style[index];
    if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') continue;
    style[kept++] = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
  }
  style[kept] = 0;
  bool hides = strstr((char *)style, "display:none") || strstr((char *)style, "visibility:hidden");
  xmlFree(style);
  return hides;
}

static bool is_unseen(const xmlNode *node) {
  if (is_one_of(node->name, unseen_names, COUNT(unseen_names))) return true;
  if (!node->properties) return false;
  return xmlHasProp(node, (const xmlChar *)"hidden") || has_value(node, "role", "navigation") ||
         has_hiding_style(node);
}

// ---- The text of a page ----

typedef struct {
  cxml_text *output;
  bool is_break_due;
  bool is_space_due;
  int preformatted;
  bool failed;
} writer;

static bool is_space(xmlChar byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
}

/// Writes what is due before text.
static void write_due(writer *writer) {
  if (writer->output->count > 0) {
    if (writer->is_break_due) writer->failed |= !append(writer->output, "\n", 1);
    else if (writer->is_space_due) writer->failed |= !append(writer->output, " ", 1);
  }
  writer->is_break_due = writer->is_space_due = false;
}

static void write_text(writer *writer, const xmlChar *text) {
  if (writer->preformatted > 0) {
    if (*text) {
      write_due(writer);
      writer->failed |= !append(writer->output, text, strlen((const char *)text));
    }
    return;
  }
  while (*text) {
    if (is_space(*text)) {
      writer->is_space_due = true;
      text++;
      continue;
    }
    const xmlChar *end = text;
    while (*end && !is_space(*end)) end++;
    write_due(writer);
    writer->failed |= !append(writer->output, text, end - text);
    text = end;
  }
}

static void enter(writer *writer, const xmlNode *node) {
  if (is_one_of(node->name, block_names, COUNT(block_names))) writer->is_break_due = true;
  if (!strcmp((const char *)node->name, "td") || !strcmp((const char *)node->name, "th")) {
    writer->is_space_due = true;
  }
  if (!strcmp((const char *)node->name, "pre")) writer->preformatted++;
}

static void leave(writer *writer, const xmlNode *node) {
  if (is_one_of(node->name, block_names, COUNT(block_names))) writer->is_break_due = true;
  if (!strcmp((const char *)node->name, "pre")) writer->preformatted--;
}

/// Writes the text below `root`, without recursion, for pages nest as deep as they like; `sees_all`
/// writes what is not shown too.
static void write_below(writer *writer, const xmlNode *root, bool sees_all) {
  const xmlNode *node = root;
  while (node) {
    bool descends = false;
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
      if (node->content) write_text(writer, node->content);
    } else if (node->type == XML_HTML_DOCUMENT_NODE) {
      descends = true;
    } else if (node->type == XML_ELEMENT_NODE && (sees_all || !is_unseen(node))) {
      enter(writer, node);
      descends = true;
    }
    if (descends && node->children) {
      node = node->children;
      continue;
    }
    if (descends && node->type == XML_ELEMENT_NODE) leave(writer, node);
    while (node && node != root && !node->next) {
      node = node->parent;
      if (node && node->type == XML_ELEMENT_NODE) leave(writer, node);
    }
    if (!node || node == root) return;
    node = node->next;
  }
}

static const xmlNode *title_node(const xmlNode *root) {
  const xmlNode *node = root;
  while (node) {
    if (node->type == XML_ELEMENT_NODE) {
      if (!strcmp((const char *)node->name, "title")) return node;
      if (!strcmp((const char *)node->name, "body")) return NULL;
    }
    if (node->children && node->type != XML_ENTITY_REF_NODE) {
      node = node->children;
      continue;
    }
    while (node && node != root && !node->next) node = node->parent;
    if (!node || node == root) return NULL;
    node = node->next;
  }
  return NULL;
}

static pthread_once_t is_initialised = PTHREAD_ONCE_INIT;

bool cxml_page_text(const uint8_t *html, size_t count, cxml_text *text, cxml_text *title) {
  memset(text, 0, sizeof *text);
  memset(title, 0, sizeof *title);
  if (count > (size_t)1 << 30) return false;
  // libxml2 wants its tables made before threads use it.
  pthread_once(&is_initialised, xmlInitParser);
  int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                HTML_PARSE_COMPACT | HTML_PARSE_IGNORE_ENC | XML_PARSE_HUGE;
  htmlDocPtr page = htmlReadMemory((const char *)html, (int)count, NULL, "UTF-8", options);
  if (!page) return true;  // Nothing in it is HTML.
  writer body = {.output = text};
  write_below(&body, (const xmlNode *)page, false);
  const xmlNode *heading = title_node((const xmlNode *)page);
  writer head = {.output = title};
  if (heading) write_below(&head, heading, true);
  xmlFreeDoc(page);
  return !body.failed && !head.failed;
}

uint32_t cxml_entity(const uint8_t *name) {
  if (!strcmp((const char *)name, "apos")) return '\'';  // HTML 5 and XML
  const htmlEntityDesc *entity = htmlEntityLookup(name);
  return entity ? entity->value : 0;
}

// ---- Charsets ----

int64_t cxml_transcode(const char *charset, const uint8_t *bytes, size_t count, cxml_text *output) {
  memset(output, 0, sizeof *output);
  iconv_t converter = iconv_open("UTF-8", charset);
  if (converter == (iconv_t)-1) return -1;
  char *input = (char *)bytes;
  size_t left = count;
  int64_t replaced = 0;
  while (left > 0) {
    if (!reserve(output, left + 64)) break;
    char *target = (char *)output->bytes + output->count;
    size_t room = output->capacity - output->count;
    size_t status = iconv(converter, &input, &left, &target, &room);
    output->count = (uint8_t *)target - output->bytes;
    if (status != (size_t)-1) break;
    if (errno == E2BIG) {
      if (!reserve(output, left * 2 + 64)) break;
      continue;
    }
    // EILSEQ, or EINVAL for bytes that end too soon.
    append(output, "\xEF\xBF\xBD", 3);
    replaced++;
    size_t skipped = errno == EINVAL ? left : 1;
    input += skipped;
    left -= skipped;
    iconv(converter, NULL, NULL, NULL, NULL);
  }
  iconv_close(converter);
  return replaced;
}
