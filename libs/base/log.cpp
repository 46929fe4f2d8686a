// SPDX-License-Identifier: Apache-2.0
// The log line. Values are escaped, so that text from a peer can neither start a new line nor
// control a terminal.
#include "base/log.hpp"

#include "base/time.hpp"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <unistd.h>

namespace base {
namespace {

constexpr std::size_t value_limit = 512;
constexpr std::size_t explanation_limit = 2048;
std::atomic<Level> min_level = Level::info;

const char* name(Level level)
{
    switch (level) {
    case Level::error:
        return "error";
    case Level::warning:
        return "warning";
    case Level::info:
        return "info";
    case Level::debug:
        return "debug";
    }
    return "?";
}

// Returns the length in octets of the UTF-8 character at the start of the text. Returns 0 if the
// character is not safe to show: malformed, a control character, invisible, or one that changes the
// text direction or breaks the line.
std::size_t printable(std::string_view text)
{
    const auto octet = [&](std::size_t i) -> std::uint32_t {
        return static_cast<unsigned char>(text[i]);
    };
    if (octet(0) < 0x80) return octet(0) >= 0x20 && octet(0) != 0x7F ? 1 : 0;
    const std::size_t length = octet(0) >= 0xF0 ? 4 : octet(0) >= 0xE0 ? 3 : 2;
    if (octet(0) < 0xC2 || octet(0) > 0xF4 || text.size() < length) return 0;
    std::uint32_t point = octet(0) & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((octet(i) & 0xC0) != 0x80) return 0;
        point = point << 6 | (octet(i) & 0x3F);
    }
    constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < smallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return 0;
    // C1 controls, zero-width characters, direction marks, line separators.
    if (point < 0xA0 || (point >= 0x200B && point <= 0x200F)) return 0;
    if ((point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F)) return 0;
    return point == 0xFEFF ? 0 : length;
}

void append_escaped(std::string& line, char c)
{
    constexpr std::string_view digits = "0123456789abcdef";
    const auto octet = static_cast<unsigned char>(c);
    switch (c) {
    case '\n':
        line += "\\n";
        return;
    case '\r':
        line += "\\r";
        return;
    case '\t':
        line += "\\t";
        return;
    default:
        line += "\\x";
        line += digits[octet >> 4];
        line += digits[octet & 15];
    }
}

// Returns the limit in octets. An explanation can name two certificates before the configuration
// key to change, and the limit must not cut off that key.
std::size_t limit_of(std::string_view key)
{
    const bool explains = key == "cause" || key == "reason" || key == "error";
    return explains ? explanation_limit : value_limit;
}

void append_value(std::string& line, std::string_view value, std::size_t limit)
{
    std::string text;
    bool quoted = value.empty();
    std::size_t i = 0;
    while (i < value.size() && i < limit) {
        const std::size_t length = printable(value.substr(i));
        if (length == 0) {
            append_escaped(text, value[i++]);
            quoted = true;
            continue;
        }
        if (i + length > limit) break;
        const char c = value[i];
        if (c == '"' || c == '\\') text += '\\';
        if (c == '"' || c == '\\' || c == ' ' || c == '=') quoted = true;
        text += value.substr(i, length);
        i += length;
    }
    if (i < value.size()) text += "...";
    line += quoted ? '"' + text + '"' : text;
}

} // namespace

void set_log_level(Level min)
{
    min_level = min;
}

std::string log_line(std::string_view event, std::initializer_list<LogField> fields)
{
    std::string line(event);
    for (const auto& [key, value] : fields) {
        line += ' ';
        line += key;
        line += '=';
        append_value(line, value, limit_of(key));
    }
    return line;
}

void log(Level level, std::string_view event, std::initializer_list<LogField> fields)
{
    if (level > min_level) return;
    std::string line = to_text(now()) + ' ' + name(level) + ' ' + log_line(event, fields) + '\n';
    std::string_view left = line;
    // One call is enough, unless a signal or a full pipe splits it.
    while (!left.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, left.data(), left.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return; // no other place to report this error
        left.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace base
