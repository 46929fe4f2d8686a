// SPDX-License-Identifier: Apache-2.0
// Parses status line, fields and framing of a response. Refuses only an unusable status line and an
// unreadable or contradictory Content-Length: the signature in a response decides what the response
// proves, never the header.
#include "http/answer_header.hpp"

#include <algorithm>
#include <charconv>

namespace http {

namespace {

base::Error bad(std::string about)
{
    return {errc::bad_response, std::move(about)};
}

bool is_control(char c)
{
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
}

bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_token(std::string_view text)
{
    const auto is_part = [](char c) {
        return c > ' ' && c < '\x7f' &&
               std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), is_part);
}

// Removes the first line from `rest` and returns it without its line end.
std::string_view take_line(base::BytesView& rest)
{
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::size_t empty_lines(base::BytesView octets)
{
    const auto first = octets.find_first_not_of("\r\n");
    return first == base::BytesView::npos ? octets.size() : first;
}

// [RFC 9110 5.5][RFC 9112 2.2] NUL, bare CR and other control characters except HTAB become SP.
std::string clean(std::string_view value)
{
    std::string text(base::trim(value));
    std::replace_if(text.begin(), text.end(), is_control, ' ');
    return text;
}

// [RFC 9112 4] Any kind of white space may separate version, status code and reason phrase. The
// reason phrase is ignored.
base::Result<> read_status_line(std::string_view line, Head& head)
{
    constexpr std::string_view name = "HTTP/";
    const auto version = line.substr(0, std::min(line.find_first_of(" \t"), line.size()));
    const bool known = version.size() == name.size() + 3 && version.starts_with("HTTP/1.") &&
                       version.back() >= '0' && version.back() <= '9';
    if (!known) return bad("no HTTP/1 status line");
    // [RFC 9110 2.5] A higher minor version is treated as 1.1, the highest known version.
    head.version = version.back() == '0' ? 10 : 11;
    line.remove_prefix(version.size());
    while (!line.empty() && is_space(line.front()))
        line.remove_prefix(1);
    const auto digits = std::min(line.find_first_not_of("0123456789"), line.size());
    std::from_chars(line.data(), line.data() + digits, head.status);
    const bool ends = digits == line.size() || is_space(line[digits]);
    if (digits != 3 || !ends || head.status < 100) return bad("no status code");
    return {};
}

// Skips a line that is not a field. The connection is then not reused after this response.
void read_fields(base::BytesView rest, Head& head)
{
    std::vector<std::pair<std::string, std::string>> fields;
    // True if the previous line belongs to a field, which a folded line may continue.
    bool folds = false;
    while (!rest.empty()) {
        const auto line = take_line(rest);
        if (line.empty()) break;
        if (line.front() == ' ' || line.front() == '\t') {
            // [RFC 9112 5.2] A user agent must replace the fold by SP.
            // [RFC 9112 2.2] A line that starts with white space is skipped if no field precedes.
            if (folds) fields.back().second.append(" ").append(base::trim(line));
            head.keep_alive = head.keep_alive && folds;
            continue;
        }
        const auto colon = std::min(line.find(':'), line.size());
        // [RFC 9112 5.1] White space before the colon of a response field is removed.
        const auto field = base::trim(line.substr(0, colon));
        folds = colon < line.size() && is_token(field);
        head.keep_alive = head.keep_alive && folds;
        if (folds) fields.emplace_back(field, line.substr(colon + 1));
    }
    for (auto& [field, value] : fields)
        head.headers.add(std::move(field), clean(value));
}

bool has(const std::vector<std::string>& list, std::string_view wanted)
{
    return std::any_of(list.begin(), list.end(), [&](const std::string& each) {
        return base::iequals(each, wanted);
    });
}

bool keeps_alive(const Head& head)
{
    // Old proxies write Proxy-Connection instead of Connection.
    auto options = head.headers.list("Connection");
    const auto more = head.headers.list("Proxy-Connection");
    options.insert(options.end(), more.begin(), more.end());
    return !has(options, "close") && (head.version >= 11 || has(options, "keep-alive"));
}

// [RFC 9112 6.3] Content-Length may be repeated with the same value. Different or unreadable values
// leave the end of the body unknown.
base::Result<> read_length(Head& head)
{
    const auto lengths = head.headers.list("Content-Length");
    const std::string first = lengths.empty() ? std::string() : lengths.front();
    const bool same = std::all_of(lengths.begin(), lengths.end(), [&](const std::string& each) {
        return each == first;
    });
    std::uint64_t length = 0;
    const auto* const end = first.data() + first.size();
    const auto [stopped, failure] = std::from_chars(first.data(), end, length);
    if (first.empty() || !same || failure != std::errc() || stopped != end) {
        std::string all;
        for (const auto& each : lengths)
            all += (all.empty() ? "" : ", ") + each;
        return bad("Content-Length \"" + all + "\"");
    }
    head.content_length = length;
    head.keep_alive = head.keep_alive && lengths.size() == 1;
    return {};
}

// [RFC 9112 6.3] Transfer-Encoding overrides Content-Length. If the last coding is not chunked, the
// body ends when the connection closes.
void read_codings(const std::vector<std::string>& codings, Head& head)
{
    head.chunked = base::iequals(codings.back(), "chunked");
    head.until_closed = !head.chunked;
    for (const auto& coding : codings) {
        // [RFC 9112 7.1] A sender never applies chunked twice, so a second "chunked" is only a
        // duplicated field.
        if (base::iequals(coding, "chunked")) continue;
        head.foreign_codings += (head.foreign_codings.empty() ? "" : ", ") + coding;
    }
    // [RFC 9112 6.1] HTTP/1.0 has no transfer codings, so the framing is uncertain. The same is
    // true for several codings, and for Transfer-Encoding together with Content-Length.
    const bool clear = head.version >= 11 && codings.size() == 1 &&
                       !head.headers.get("Content-Length") && head.foreign_codings.empty();
    head.keep_alive = head.keep_alive && clear;
}

base::Result<> read_framing(Head& head, bool to_head)
{
    const bool bodiless = to_head || head.status < 200 || head.status == 204 || head.status == 304;
    if (bodiless) {
        head.content_length = 0;
        return {};
    }
    auto codings = head.headers.list("Transfer-Encoding");
    // "identity" (RFC 2616) means that no transfer coding is applied.
    std::erase_if(codings, [](const std::string& each) { return base::iequals(each, "identity"); });
    if (!codings.empty())
        read_codings(codings, head);
    else if (head.headers.get("Content-Length"))
        return read_length(head);
    else
        head.until_closed = true;
    return {};
}

} // namespace

std::size_t end_of_answer_header(base::BytesView octets, std::size_t searched)
{
    const auto begin = std::max(searched, empty_lines(octets));
    for (auto at = octets.find('\n', begin); at != base::BytesView::npos;
         at = octets.find('\n', at + 1)) {
        const auto next = octets.substr(at + 1, 2);
        if (next.starts_with('\n')) return at + 2;
        if (next == "\r\n") return at + 3;
    }
    return 0;
}

bool may_begin_answer(base::BytesView octets)
{
    constexpr base::BytesView name = "HTTP/";
    const auto text = octets.substr(empty_lines(octets)).substr(0, name.size());
    return name.starts_with(text);
}

base::Result<Head> read_answer_header(base::BytesView text, bool to_head)
{
    text.remove_prefix(empty_lines(text));
    Head head;
    if (auto status = read_status_line(take_line(text), head); !status) return status.error();
    read_fields(text, head);
    head.keep_alive = head.keep_alive && keeps_alive(head);
    if (auto framing = read_framing(head, to_head); !framing) return framing.error();
    head.keep_alive = head.keep_alive && !head.until_closed;
    return head;
}

} // namespace http
