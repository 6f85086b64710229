// SPDX-License-Identifier: Apache-2.0

#include "CSimdJSON.h"

#include <simdjson.h>

#include <cstring>
#include <new>

using simdjson::dom::element;
using simdjson::dom::element_type;

struct csj_parser {
  simdjson::dom::parser dom;
};

namespace {

// A dom::element is a pointer to its document and an index into the document's tape; csj_value
// carries those two words through C unchanged.
static_assert(sizeof(element) == sizeof(csj_value), "an element is two words");
static_assert(simdjson::SIMDJSON_PADDING <= CSJ_PADDING, "the header promises enough padding");

element element_of(csj_value value) {
  element result;
  std::memcpy(static_cast<void *>(&result), &value, sizeof value);
  return result;
}

csj_value value_of(element source) {
  csj_value result;
  std::memcpy(&result, static_cast<const void *>(&source), sizeof result);
  return result;
}

bool each_at(element from, const csj_step *steps, size_t count, csj_visitor visit, void *context) {
  if (count == 0) return visit(context, reinterpret_cast<const uint8_t *>(""), 0, value_of(from));
  if (steps->name == nullptr) {
    simdjson::dom::array elements;
    if (from.get_array().get(elements)) return true;
    for (element item : elements) {
      if (!each_at(item, steps + 1, count - 1, visit, context)) return false;
    }
    return true;
  }
  csj_value next;
  if (!csj_field(value_of(from), steps->name, steps->count, &next)) return true;
  return each_at(element_of(next), steps + 1, count - 1, visit, context);
}

}  // namespace

uint64_t csj_fields(csj_value object, const csj_step *names, size_t count, csj_value *values) {
  simdjson::dom::object fields;
  if (element_of(object).get_object().get(fields)) return 0;
  uint64_t found = 0;
  for (auto field : fields) {
    for (size_t index = 0; index < count; index++) {
      if (field.key.size() != names[index].count) continue;
      if (std::memcmp(field.key.data(), names[index].name, names[index].count) != 0) continue;
      values[index] = value_of(field.value);
      found |= uint64_t(1) << index;
    }
  }
  return found;
}

void csj_each_at(csj_value from, const csj_step *steps, size_t count, csj_visitor visit,
                 void *context) {
  each_at(element_of(from), steps, count, visit, context);
}

bool csj_is_utf8(const uint8_t *bytes, size_t count) {
  return simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), count);
}

csj_parser *csj_parser_new(void) { return new (std::nothrow) csj_parser; }
void csj_parser_free(csj_parser *parser) { delete parser; }

const char *csj_parse(csj_parser *parser, const uint8_t *bytes, size_t count, csj_value *root) {
  element result;
  auto error = parser->dom.parse(bytes, count, false).get(result);
  if (error) return simdjson::error_message(error);
  *root = value_of(result);
  return nullptr;
}

csj_kind csj_kind_of(csj_value value) {
  element source = element_of(value);
  switch (source.type()) {
    case element_type::NULL_VALUE: return CSJ_NULL;
    case element_type::BOOL: return source.get_bool().value_unsafe() ? CSJ_TRUE : CSJ_FALSE;
    case element_type::INT64:
    case element_type::UINT64: return CSJ_INTEGER;
    case element_type::DOUBLE: return CSJ_DOUBLE;
    case element_type::STRING: return CSJ_STRING;
    case element_type::ARRAY: return CSJ_ARRAY;
    case element_type::OBJECT: return CSJ_OBJECT;
  }
  return CSJ_NULL;
}

const uint8_t *csj_string(csj_value value, size_t *count) {
  std::string_view text;
  if (element_of(value).get_string().get(text)) return nullptr;
  *count = text.size();
  return reinterpret_cast<const uint8_t *>(text.data());
}

bool csj_integer(csj_value value, int64_t *integer) {
  return !element_of(value).get_int64().get(*integer);
}

bool csj_double(csj_value value, double *number) {
  return !element_of(value).get_double().get(*number);
}

bool csj_field(csj_value object, const uint8_t *name, size_t name_count, csj_value *value) {
  simdjson::dom::object fields;
  if (element_of(object).get_object().get(fields)) return false;
  std::string_view wanted(reinterpret_cast<const char *>(name), name_count);
  bool found = false;
  for (auto field : fields) {
    if (field.key == wanted) {
      *value = value_of(field.value);
      found = true;
    }
  }
  return found;
}

bool csj_element(csj_value array, size_t index, csj_value *value) {
  simdjson::dom::array elements;
  if (element_of(array).get_array().get(elements)) return false;
  element found;
  if (elements.at(index).get(found)) return false;
  *value = value_of(found);
  return true;
}

void csj_each(csj_value container, csj_visitor visit, void *context) {
  element source = element_of(container);
  if (source.is_array()) {
    // A name of its own: a loop over the temporary would outlive it.
    const simdjson::dom::array items = source.get_array().value_unsafe();
    for (element item : items) {
      if (!visit(context, reinterpret_cast<const uint8_t *>(""), 0, value_of(item))) return;
    }
  } else if (source.is_object()) {
    const simdjson::dom::object fields = source.get_object().value_unsafe();
    for (auto field : fields) {
      auto name = reinterpret_cast<const uint8_t *>(field.key.data());
      if (!visit(context, name, field.key.size(), value_of(field.value))) return;
    }
  }
}
