#include <gtest/gtest.h>

#include <random>

#include "event_samples.h"
#include "support.h"

namespace tessera::spec {
namespace {

/// Damages texts in ways that keep many of them nearly valid.
class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string mutate(std::string text) {
    const size_t times = 1 + below(3);
    for (size_t i = 0; i < times; ++i) once(text);
    return text;
  }
  size_t below(size_t n) { return random_() % n; }

 private:
  void once(std::string& text) {
    static const char* kTokens[] = {"null",
                                    "true",
                                    "-1",
                                    "1e400",
                                    "1e-400",
                                    "99999999999999999999999",
                                    "0.0000001",
                                    "\"\"",
                                    "[]",
                                    "{}",
                                    "NaN",
                                    "-",
                                    "\"\\ud800\"",
                                    "\"x_\"",
                                    "[[[[[[",
                                    "1e9999999999999",
                                    "\"0:00:01\"",
                                    "\"\\u0000\"",
                                    "\"http://a/?b\"",
                                    ","};
    const size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text[std::min(at, text.size() - 1)] = static_cast<char>(random_());
        break;
      case 1:
        text.erase(at, 1 + below(8));
        break;
      case 2:
        text.insert(at, text.substr(below(text.size()), below(40)));
        break;
      case 3:
        text.insert(at, kTokens[below(std::size(kTokens))]);
        break;
      default:
        replace_token(text, at, kTokens[below(std::size(kTokens))]);
        break;
    }
    if (text.empty()) text = "{";
  }
  /// Replaces the value or key after position `at`.
  static void replace_token(std::string& text, size_t at, const char* token) {
    const size_t begin = text.find_first_of(":[,", at);
    if (begin == std::string::npos) return;
    const size_t end = std::min(text.find_first_of(",]}", begin + 1), text.size());
    text.replace(begin + 1, end - begin - 1, token);
  }
  std::mt19937 random_;
};

void expect_clear(const Error& error, const std::string& text) {
  EXPECT_FALSE(error.detail.empty()) << text;
  EXPECT_FALSE(error.where.empty()) << text;
  EXPECT_TRUE(error.code == Errc::kBadInput || error.code == Errc::kLimit) << text;
  for (const char c : error.detail) {
    ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << error.detail;
  }
  // What a strict UTF-8 writer accepts is UTF-8.
  ASSERT_NO_THROW((void)nlohmann::json(error.detail).dump()) << text;
}

TEST(Mutation, ADamagedJobIsReadOrRefusedClearly) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Mutator mutator(seed);
  int accepted = 0;
  const std::vector<std::string> seeds = {test::base_job(),
                                          test::read_text(std::string(TESSERA_SPEC_DATA) + "/job.json")};
  for (int i = 0; i < 4000; ++i) {
    const std::string text = mutator.mutate(seeds[mutator.below(seeds.size())]);
    const Result<Job> job = parse_job(text, "job.json");
    if (!job) {
      expect_clear(job.error(), text);
      continue;
    }
    ++accepted;
    const std::string resolved = to_json(*job);
    const Result<Job> again = parse_job(resolved, "resolved");
    ASSERT_TRUE(again.has_value()) << text << "\n" << describe(again.error());
    EXPECT_EQ(to_json(*again), resolved) << text;
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 4000);
}

TEST(Mutation, ADamagedLogIsReadOrRefusedClearly) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Mutator mutator(seed);
  const Job job = test::valid_job();
  int accepted = 0;
  for (int i = 0; i < 6000; ++i) {
    const std::string text = mutator.mutate(test::valid_events()[mutator.below(test::valid_events().size())]);
    const auto events = parse_events(text, "log", job);
    if (events) {
      ++accepted;
    } else {
      expect_clear(events.error(), text);
    }
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 6000);
}

}  // namespace
}  // namespace tessera::spec
