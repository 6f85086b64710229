// SPDX-License-Identifier: Apache-2.0

#include "CICU.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace {

/// One stretch between two borders of normalisation.
class Cluster final {
 public:
  explicit Cluster(const icu::Normalizer2 &normalizer) : normalizer_(normalizer) {}

  const std::vector<cicu_item> &normalize(const cicu_item *items, size_t count) {
    marked_.clear();
    for (size_t index = 0; index < count; ++index) decompose(items[index]);
    order();
    compose();
    return composed_;
  }

 private:
  struct Marked {
    cicu_item item;
    uint8_t combining_class;
    size_t place;
  };

  void decompose(const cicu_item &item) {
    const auto point = static_cast<UChar32>(item.point);
    if (!normalizer_.getDecomposition(point, decomposition_)) {
      marked_.push_back({item, normalizer_.getCombiningClass(point), marked_.size()});
      return;
    }
    for (int32_t at = 0; at < decomposition_.length(); at = decomposition_.moveIndex32(at, 1)) {
      const UChar32 part = decomposition_.char32At(at);
      marked_.push_back(
          {{static_cast<uint32_t>(part), item.start, item.end},
           normalizer_.getCombiningClass(part), marked_.size()});
    }
  }

  /// Canonical order: each run of marks by class, those of a class as they stand.
  void order() {
    auto start = marked_.begin();
    while (start != marked_.end()) {
      auto end = start;
      while (end != marked_.end() && end->combining_class != 0) ++end;
      std::sort(start, end, [](const Marked &left, const Marked &right) {
        return std::tie(left.combining_class, left.place) <
               std::tie(right.combining_class, right.place);
      });
      start = end == marked_.end() ? end : end + 1;
    }
  }

  /// Canonical composition: a code point joins the last starter unless one of its class or a higher one
  /// stands between them.
  void compose() {
    composed_.clear();
    ptrdiff_t starter = -1;
    int last_class = -1;
    for (const Marked &next : marked_) {
      if (starter >= 0 && last_class < next.combining_class) {
        cicu_item &base = composed_[static_cast<size_t>(starter)];
        const UChar32 pair = normalizer_.composePair(
            static_cast<UChar32>(base.point), static_cast<UChar32>(next.item.point));
        if (pair >= 0) {
          base = {static_cast<uint32_t>(pair), std::min(base.start, next.item.start),
                  std::max(base.end, next.item.end)};
          continue;
        }
      }
      composed_.push_back(next.item);
      if (next.combining_class == 0) {
        starter = static_cast<ptrdiff_t>(composed_.size()) - 1;
        last_class = -1;
      } else {
        last_class = next.combining_class;
      }
    }
  }

  const icu::Normalizer2 &normalizer_;
  icu::UnicodeString decomposition_;
  std::vector<Marked> marked_;
  std::vector<cicu_item> composed_;
};

}  // namespace

int32_t cicu_normalize_items(
    cicu_form form, const cicu_item *items, size_t count, cicu_cluster_sink sink, void *context) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2 *normalizer = form == cicu_nfc
                                           ? icu::Normalizer2::getNFCInstance(status)
                                           : icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status)) return status;
  Cluster cluster(*normalizer);
  for (size_t first = 0, end = 0; first < count; first = end) {
    end = first + 1;
    while (end < count &&
           !normalizer->hasBoundaryBefore(static_cast<UChar32>(items[end].point)))
      ++end;
    const std::vector<cicu_item> &made = cluster.normalize(items + first, end - first);
    const bool is_same =
        made.size() == end - first &&
        std::equal(made.begin(), made.end(), items + first,
                   [](const cicu_item &left, const cicu_item &right) {
                     return left.point == right.point;
                   });
    sink(context, first, end - first, made.data(), made.size(), !is_same);
  }
  return 0;
}
