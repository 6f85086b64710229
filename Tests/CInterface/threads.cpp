// SPDX-License-Identifier: Apache-2.0
//
// Uses malmoi.h from C++: one tokenizer in several threads, and in a child process after fork().
//
//   threads TOKENIZER

#include <malmoi.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

template <typename T, void (*free)(T *)>
struct Free {
  void operator()(T *object) const { free(object); }
};
using Tokenizer = std::unique_ptr<malmoi_tokenizer, Free<malmoi_tokenizer, malmoi_tokenizer_free>>;
using Encoder = std::unique_ptr<malmoi_encoder, Free<malmoi_encoder, malmoi_encoder_free>>;
using IDs = std::unique_ptr<malmoi_ids, Free<malmoi_ids, malmoi_ids_free>>;

void check(malmoi_status status) {
  if (status != MALMOI_OK) throw std::runtime_error(malmoi_last_error());
}

std::vector<uint32_t> encode(malmoi_encoder *encoder, const std::string &text) {
  const int64_t offsets[] = {0, static_cast<int64_t>(text.size())};
  const malmoi_texts texts{reinterpret_cast<const uint8_t *>(text.data()), offsets, 64, 1};
  malmoi_ids *made = nullptr;
  check(malmoi_encode(encoder, &texts, &made));
  const IDs owned(made);
  malmoi_ids_view view;
  malmoi_ids_get(made, &view);
  const auto *ids = static_cast<const uint32_t *>(view.ids);
  return {ids, ids + view.offsets[1]};
}

Encoder make_encoder(const malmoi_tokenizer *tokenizer, int threads) {
  malmoi_encoder_options options{};
  options.size = sizeof options;
  options.thread_count = threads;
  options.id_bits = 32;
  malmoi_encoder *encoder = nullptr;
  check(malmoi_encoder_create(tokenizer, &options, &encoder));
  return Encoder(encoder);
}

// The text number `number`, of many lengths.
std::string text(int number) {
  std::string text;
  for (int i = 0; i < number % 97; i++) {
    text += "학교에서는 아이들이 " + std::to_string(number * i) + "번 뛰어놀았다. ";
  }
  return text;
}

// Whether errors of one thread stay there.
bool keeps_errors_apart() {
  malmoi_tokenizer *none = nullptr;
  malmoi_tokenizer_load("/a", nullptr, &none);
  const std::string own = malmoi_last_error();
  bool is_apart = false;
  std::thread([&] {
    const bool is_empty = std::string(malmoi_last_error()).empty();
    malmoi_tokenizer_load("/b", nullptr, &none);
    is_apart = is_empty && std::string(malmoi_last_error()) != own;
  }).join();
  return is_apart && own == malmoi_last_error();
}

// Whether a child process gives the ids that this one gives.
bool works_in_a_child(malmoi_encoder *encoder, const std::vector<uint32_t> &expected) {
  const pid_t child = fork();
  if (child == 0) _exit(encode(encoder, text(96)) == expected ? 0 : 1);
  int status = 1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  malmoi_tokenizer *loaded = nullptr;
  check(malmoi_tokenizer_load(argv[1], nullptr, &loaded));
  const Tokenizer tokenizer(loaded);
  const Encoder shared = make_encoder(loaded, 2);
  std::vector<std::vector<uint32_t>> expected;
  for (int number = 0; number < 300; number++) expected.push_back(encode(shared.get(), text(number)));

  std::vector<std::thread> threads;
  std::vector<int> differences(4);
  for (int thread = 0; thread < 4; thread++) {
    threads.emplace_back([&, thread] {
      const Encoder own = make_encoder(loaded, 1);
      for (int number = 0; number < 300; number++) {
        if (encode(own.get(), text(number)) != expected[number]) differences[thread]++;
        if (encode(shared.get(), text(number)) != expected[number]) differences[thread]++;
      }
    });
  }
  for (auto &thread : threads) thread.join();
  for (const int count : differences) {
    if (count > 0) return 1;
  }
  if (!keeps_errors_apart()) return 2;
  if (!works_in_a_child(shared.get(), expected[96])) return 3;
  std::puts("same");
}
