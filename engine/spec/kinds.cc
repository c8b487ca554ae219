#include "engine/spec/kinds.h"

#include <cstdio>

namespace tessera::spec {
namespace {

int64_t power_of_ten(int digits) {
  int64_t power = 1;
  for (int i = 0; i < digits; ++i) power *= 10;
  return power;
}

/// value x 10^-digits in full: "-0.000001", "604800".
std::string decimal_text(int64_t value, int digits) {
  const int64_t unit = power_of_ten(digits);
  const int64_t magnitude = value < 0 ? -value : value;
  std::string text = (value < 0 ? "-" : "") + std::to_string(magnitude / unit);
  if (magnitude % unit != 0) {
    std::string fraction = std::to_string(unit + magnitude % unit).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += "." + fraction;
  }
  return text;
}

/// The same as a JSON number: the shortest text of the nearest double is the decimal itself up to 15 digits.
Json decimal_json(int64_t value, int digits) {
  const int64_t unit = power_of_ten(digits);
  if (value % unit == 0) return value / unit;
  return static_cast<double>(value) / static_cast<double>(unit);
}

void add_wrong(const Node& node, const std::string& wanted, const Report& report) {
  report.add(describe(node) + "; wanted " + wanted);
}

size_t code_points(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_alpha(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_id(std::string_view text) {
  if (text.empty() || text.size() > 128 || text == "." || text == "..") return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alpha(c) || is_digit(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_optional_uri(std::string_view text) {
  return code_points(text) <= 4096 && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
         });
}
bool is_uri(std::string_view text) { return !text.empty() && is_optional_uri(text); }

bool is_lang(std::string_view text) {
  bool first = true;
  while (true) {
    const size_t dash = text.find('-');
    const std::string_view part = text.substr(0, dash);
    const bool ok =
        std::all_of(part.begin(), part.end(), [&](char c) { return is_alpha(c) || (!first && is_digit(c)); });
    if (!ok || part.empty() || part.size() > 8) return false;
    if (dash == std::string_view::npos) return true;
    text.remove_prefix(dash + 1);
    first = false;
  }
}
bool is_optional_lang(std::string_view text) { return text.empty() || is_lang(text); }

/// Matches `shape`, where 0 stands for any digit.
bool has_shape(std::string_view text, std::string_view shape) {
  return text.size() == shape.size() && std::equal(text.begin(), text.end(), shape.begin(),
                                                   [](char c, char s) { return s == '0' ? is_digit(c) : c == s; });
}

int two_digits(std::string_view text, size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

bool is_epoch(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() < 20 || !has_shape(text.substr(0, 19), "0000-00-00T00:00:00")) return false;
  const int month = two_digits(text, 5);
  const int day = two_digits(text, 8);
  if (month < 1 || month > 12 || day < 1 || day > 31 || two_digits(text, 11) > 23 || two_digits(text, 14) > 59 ||
      two_digits(text, 17) > 59) {
    return false;
  }
  std::string_view rest = text.substr(19);
  if (rest.front() == '.') {
    const size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end < 2 || end > 10) return false;
    rest.remove_prefix(end);
  }
  if (rest == "Z") return true;
  return (has_shape(rest, "+00:00") || has_shape(rest, "-00:00")) && two_digits(rest, 1) <= 23 &&
         two_digits(rest, 4) <= 59;
}

constexpr std::string_view kEpochPattern =
    R"(^([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?)"
    R"((Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?$)";

struct BurnInWord {
  std::string_view word;
  bool BurnIn::*flag;
};
constexpr std::array<BurnInWord, 5> kBurnInWords = {{{"gifts", &BurnIn::gifts},
                                                     {"comments", &BurnIn::comments},
                                                     {"cards", &BurnIn::cards},
                                                     {"overlays", &BurnIn::overlays},
                                                     {"captions", &BurnIn::captions}}};

std::vector<std::string_view> burn_in_names() {
  std::vector<std::string_view> names;
  for (const BurnInWord& word : kBurnInWords) names.push_back(word.word);
  return names;
}

}  // namespace

void Flag::read(const Node& node, bool& out, const Report& report) const {
  if (node.is(Node::Kind::kBool)) {
    out = node.boolean;
  } else {
    add_wrong(node, wanted(), report);
  }
}

bool WholeRange::read(const Node& node, int64_t& out, const Report& report) const {
  const auto number = node.is(Node::Kind::kNumber) ? parse_decimal(node.text, 0) : std::nullopt;
  if (!number || !number->exact || number->value < min || number->value > max || number->value % step != 0) {
    add_wrong(node, wanted(), report);
    return false;
  }
  out = number->value;
  return true;
}

Json WholeRange::schema() const {
  Json s = {{"type", "integer"}, {"minimum", min}, {"maximum", max}};
  if (step != 1) s["multipleOf"] = step;
  return s;
}

std::string WholeRange::wanted() const {
  if (min == max) return std::to_string(min);
  if (max - step == min && step > 1) return std::to_string(min) + " or " + std::to_string(max);
  const std::string kind = step == 1   ? "a whole number"
                           : step == 2 ? "an even whole number"
                                       : "a multiple of " + std::to_string(step);
  return kind + " from " + std::to_string(min) + " to " + std::to_string(max);
}

void Decimal::read(const Node& node, int32_t& out, const Report& report) const {
  const auto number = node.is(Node::Kind::kNumber) ? parse_decimal(node.text, digits) : std::nullopt;
  if (number && number->value >= min && number->value <= max) {
    out = static_cast<int32_t>(number->value);
  } else {
    add_wrong(node, wanted(), report);
  }
}

Json Decimal::write(int32_t value) const { return decimal_json(value, digits); }

Json Decimal::schema() const {
  return {{"type", "number"}, {"minimum", decimal_json(min, digits)}, {"maximum", decimal_json(max, digits)}};
}

std::string Decimal::wanted() const {
  return "a number from " + decimal_text(min, digits) + " to " + decimal_text(max, digits);
}

void Time::read(const Node& node, Micros& out, const Report& report) const {
  std::optional<Micros> time;
  if (node.is(Node::Kind::kNumber)) {
    if (const auto number = parse_decimal(node.text, 6)) time = number->value;
  } else if (node.is(Node::Kind::kString)) {
    time = parse_clock_time(node.text);
  }
  if (time && *time >= min && *time <= max) {
    out = *time;
  } else {
    add_wrong(node, wanted(), report);
  }
}

Json Time::write(Micros value) const { return decimal_json(value, 6); }

Json Time::schema() const {
  const Json number = {{"type", "number"}, {"minimum", decimal_json(min, 6)}, {"maximum", decimal_json(max, 6)}};
  return {{"anyOf", Json::array({number, Json{{"type", "string"}, {"pattern", kClockTimePattern}}})}};
}

std::string Time::wanted() const {
  return "seconds from " + decimal_text(min, 6) + " to " + decimal_text(max, 6) + ", as a number or \"h:mm:ss.mmm\"";
}

void Text::read(const Node& node, std::string& out, const Report& report) const {
  if (!node.is(Node::Kind::kString)) return add_wrong(node, wanted(), report);
  const size_t length = code_points(node.text);
  if (length < min) return add_wrong(node, wanted(), report);
  if (length > max) return report.add("a text of " + std::to_string(length) + " characters; wanted " + wanted());
  out = node.text;
}

Json Text::schema() const {
  Json s = {{"type", "string"}};
  if (min > 0) s["minLength"] = min;
  s["maxLength"] = max;
  return s;
}

std::string Text::wanted() const {
  return min == 0 ? "a text of at most " + std::to_string(max) + " characters"
                  : "a text of " + std::to_string(min) + " to " + std::to_string(max) + " characters";
}

void Pattern::read(const Node& node, std::string& out, const Report& report) const {
  if (node.is(Node::Kind::kString) && accepts(node.text)) {
    out = node.text;
  } else {
    report.add((node.is(Node::Kind::kString) ? quote(node.text) : describe(node)) + "; wanted " + wanted());
  }
}

Pattern id_kind() { return {R"(^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$)", "an id: 1 to 128 of A-Z a-z 0-9 . _ -", is_id}; }
Pattern uri_kind() {
  return {R"(^[^\u0000-\u001f\u007f]{1,4096}$)", "a file name or URL of 1 to 4096 characters", is_uri, uri_in_quotes};
}
Pattern optional_uri_kind() {
  return {R"(^[^\u0000-\u001f\u007f]{0,4096}$)", "a file name or URL of at most 4096 characters", is_optional_uri,
          uri_in_quotes};
}
Pattern lang_kind() {
  return {"^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$", "a language tag like \"en\" or \"pt-BR\"", is_lang};
}
Pattern optional_lang_kind() {
  return {"^([A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)?$", "a language tag like \"en\" or \"pt-BR\"", is_optional_lang};
}
Pattern epoch_kind() { return {kEpochPattern, "an RFC 3339 time like \"2026-11-22T18:00:00Z\"", is_epoch}; }

void Rate::read(const Node& node, Rational& out, const Report& report) const {
  const auto rate = node.is(Node::Kind::kString) ? parse_rate(node.text) : fail(Errc::kBadInput, "", "");
  if (!rate) return report.add(describe(node) + " is no rate; wanted " + wanted());
  if (*rate < Rational{1, 1} || *rate > Rational{240, 1})
    return report.add(describe(node) + "; wanted 1 to 240 " + wanted());
  out = *rate;
}

Json Rate::schema() const { return {{"type", "string"}, {"pattern", "^[0-9]{1,7}(/[0-9]{1,7})?$"}}; }

void Colour::read(const Node& node, uint32_t& out, const Report& report) const {
  const std::string& text = node.text;
  if (!node.is(Node::Kind::kString) || text.size() != 7 || text[0] != '#' ||
      text.find_first_not_of("0123456789abcdefABCDEF", 1) != std::string::npos) {
    return add_wrong(node, wanted(), report);
  }
  out = static_cast<uint32_t>(std::stoul(text.substr(1), nullptr, 16));
}

Json Colour::write(uint32_t value) const {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "#%06x", static_cast<unsigned>(value & 0xFFFFFF));
  return text.data();
}

int read_word(const Node& node, const std::vector<std::string_view>& words, const Report& report) {
  if (!node.is(Node::Kind::kString)) {
    add_wrong(node, wanted_word(words), report);
    return -1;
  }
  const auto it = std::find(words.begin(), words.end(), node.text);
  if (it != words.end()) return static_cast<int>(it - words.begin());
  add_wrong(node, wanted_word(words) + suggestion(node.text, words), report);
  return -1;
}

std::string wanted_word(const std::vector<std::string_view>& words) { return join_or(words); }

Word<std::string> plain_words(const std::vector<std::string_view>& words) {
  Word<std::string> kind;
  for (const std::string_view word : words) kind.words.emplace_back(word, std::string(word));
  return kind;
}

bool check_list(const Node& node, size_t min, size_t max, const std::string& wanted, const Report& report) {
  if (!node.is(Node::Kind::kArray) || node.items.size() < min) {
    add_wrong(node, wanted, report);
    return false;
  }
  if (node.items.size() > max) {
    report.add_limit(std::to_string(node.items.size()) + " entries; at most " + std::to_string(max) + " are allowed");
  }
  return true;
}

std::string count_range(size_t min, size_t max) {
  return min == 0 ? "at most " + std::to_string(max) : std::to_string(min) + " to " + std::to_string(max);
}

void BurnInWords::read(const Node& node, BurnIn& out, const Report& report) const {
  if (!node.is(Node::Kind::kArray)) return add_wrong(node, wanted(), report);
  BurnIn result{false, false, false, false, false};
  const std::vector<std::string_view> names = burn_in_names();
  for (size_t i = 0; i < node.items.size(); ++i) {
    const int index = read_word(node.items[i], names, report.at(i));
    if (index < 0) continue;
    bool& flag = result.*kBurnInWords[static_cast<size_t>(index)].flag;
    if (flag) report.at(i).add(describe(node.items[i]) + " is given twice");
    flag = true;
  }
  out = result;
}

Json BurnInWords::write(const BurnIn& value) const {
  Json list = Json::array();
  for (const BurnInWord& word : kBurnInWords) {
    if (value.*word.flag) list.push_back(word.word);
  }
  return list;
}

Json BurnInWords::schema() const {
  return {{"type", "array"}, {"items", {{"enum", burn_in_names()}}}, {"uniqueItems", true}};
}

std::string BurnInWords::wanted() const { return "a list of " + join_or(burn_in_names()); }

}  // namespace tessera::spec
