#include "engine/package/text.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace tessera::package {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;

/// Reads `digits` decimal digits at the front of `text` and drops them; -1 where there are none.
int take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_character(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// ".123": the fraction in microseconds; further digits are dropped. -1 where malformed.
int64_t take_fraction(std::string_view& text) {
  if (!take_character(text, ".")) return 0;
  int64_t us = 0;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits++ < 6) us = us * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  for (int i = digits; i < 6; ++i) us *= 10;
  return digits == 0 ? -1 : us;
}

/// "Z" or "+08:00": minutes east of UTC. False where malformed.
bool take_zone(std::string_view& text, int& minutes) {
  minutes = 0;
  if (take_character(text, "Zz")) return true;
  const bool west = !text.empty() && text.front() == '-';
  if (!take_character(text, "+-")) return false;
  const int hour = take_number(text, 2);
  const bool colon = take_character(text, ":");
  const int minute = take_number(text, 2);
  minutes = (west ? -1 : 1) * (hour * 60 + minute);
  return colon && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59;
}

}  // namespace

std::string seconds_text(int64_t us) {
  std::array<char, 40> out{};
  const int64_t magnitude = us < 0 ? -us : us;
  std::snprintf(out.data(), out.size(), "%s%lld.%06lld", us < 0 ? "-" : "",
                static_cast<long long>(magnitude / kUsPerSecond), static_cast<long long>(magnitude % kUsPerSecond));
  return out.data();
}

int64_t ticks_to_us(int64_t ticks, int64_t timescale) { return muldiv_round(ticks, kUsPerSecond, timescale); }

std::string xml_duration(const Rational& seconds) {
  std::string text = seconds_text(muldiv_round(seconds.num, kUsPerSecond, seconds.den));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return "PT" + text + "S";
}

std::string xml_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '\t':
        out += "&#9;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\r':
        out += "&#13;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\xEF\xBF\xBD";
        } else {
          out.push_back(c);
        }
    }
  }
  return out;
}

std::string hls_quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') {
      out.push_back('\'');
    } else {
      out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
    }
  }
  return out + "\"";
}

Result<std::string> shift_date_time(std::string_view date_time, int64_t us) {
  namespace chrono = std::chrono;
  std::string_view rest = date_time;
  const int year = take_number(rest, 4);
  bool good = take_character(rest, "-");
  const int month = take_number(rest, 2);
  good = good && take_character(rest, "-");
  const int day = take_number(rest, 2);
  good = good && take_character(rest, "Tt ");
  const int hour = take_number(rest, 2);
  good = good && take_character(rest, ":");
  const int minute = take_number(rest, 2);
  good = good && take_character(rest, ":");
  const int second = take_number(rest, 2);
  const int64_t fraction = take_fraction(rest);
  int zone = 0;
  good = good && take_zone(rest, zone) && rest.empty();
  const chrono::year_month_day date{chrono::year{year}, chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day)}};
  if (!good || year < 0 || !date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60 || fraction < 0) {
    return fail(Errc::kBadInput, "package.epoch",
                "\"" + std::string(date_time.substr(0, 80)) + "\"; wanted an RFC 3339 time like 2026-11-22T18:00:00Z");
  }
  const auto moved = chrono::sys_days(date) + chrono::hours(hour) + chrono::minutes(minute - zone) +
                     chrono::seconds(second) + chrono::microseconds(fraction + us);
  const auto rounded = chrono::round<chrono::milliseconds>(moved);
  const auto midnight = chrono::floor<chrono::days>(rounded);
  const chrono::year_month_day out_date(midnight);
  const chrono::hh_mm_ss time(rounded - midnight);
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(out_date.year()),
                static_cast<unsigned>(out_date.month()), static_cast<unsigned>(out_date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return std::string(out.data());
}

}  // namespace tessera::package
