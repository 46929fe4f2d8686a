// SPDX-License-Identifier: Apache-2.0
// Parses the request target, handles `Expect: 100-continue` and reads the body in pieces.
#include "http/incoming.hpp"

#include <algorithm>

namespace http {

namespace {

// Discarding this many octets costs less than the TLS handshake of the client's next connection.
constexpr std::uint64_t drain_octets = 256 * 1024;
// Minimum size of a piece, as long as more of a body of known length is to come.
constexpr std::size_t gathered = Connection::input_octets / 2;
constexpr base::Duration drain_limit = std::chrono::seconds(5);

std::string decode_query(std::string text)
{
    std::replace(text.begin(), text.end(), '+', ' ');
    return base::percent_decode(text);
}

bool has_control(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    });
}

} // namespace

Incoming::Incoming(
    Connection& connection, MessageParser& parser, const Peer& peer, const ServerLimits& limits
)
    : connection_(connection), parser_(parser), peer_(peer), piece_(limits.piece)
{
    read_target();
    // [RFC 9112 6.1] The server refuses an unknown transfer coding.
    if (!parser.head().foreign_codings.empty()) refusal_ = 501;
    // [RFC 9110 10.1.1] An unknown expectation is refused. An expectation of HTTP/1.0 is ignored.
    const auto expect = parser.head().headers.get("Expect");
    if (expect && parser.head().version >= 11) {
        expects_word_ = base::iequals(*expect, "100-continue");
        if (!expects_word_ && refusal_ == 0) refusal_ = 417;
    }
}

void Incoming::read_target()
{
    std::string_view target = parser_.head().target;
    // [RFC 9112 3.2.2] A server must accept a target in absolute form.
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!base::iequals(target.substr(0, scheme.size()), scheme)) continue;
        const auto slash = target.find_first_of("/?", scheme.size());
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
        break;
    }
    target = target.substr(0, target.find('#'));
    const auto question = target.find('?');
    path_ = base::percent_decode(target.substr(0, question));
    if (question != std::string_view::npos) query_ = std::string(target.substr(question + 1));
    if (path_.empty()) path_ = "/";
    const bool asterisk = path_ == "*" && method() == "OPTIONS";
    if ((path_.front() != '/' && !asterisk) || has_control(path_)) refusal_ = 400;
}

std::optional<std::string> Incoming::query(std::string_view name) const
{
    std::string_view rest = query_;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        if (decode_query(std::string(pair.substr(0, equals))) != name) continue;
        return decode_query(std::string(pair.substr(std::min(equals + 1, pair.size()))));
    }
    return std::nullopt;
}

// Returns true if more octets should be received before the handler gets a piece. Each piece costs
// the handler a thread switch, and TLS delivers 16 KB at a time. Several TLS records of a large
// body therefore form one piece.
bool Incoming::worth_waiting() const
{
    const auto here = connection_.input().size();
    const auto length = content_length();
    return here > 0 && here < gathered && length && *length > given_ + here;
}

// Returns "after 10 of 500 octets of the body: ", for the log and the client.
std::string Incoming::how_far() const
{
    const auto length = content_length();
    const auto came =
        std::to_string(given_ + (parser_.head().chunked ? 0 : connection_.input().size()));
    return "after " + came + (length ? " of " + std::to_string(*length) : std::string()) +
           " octets of the body: ";
}

base::Error Incoming::fail(base::Error error)
{
    failed_ = error;
    return error;
}

asio::awaitable<base::Result<std::optional<base::BytesView>>> Incoming::read()
{
    using Piece = std::optional<base::BytesView>;
    if (failed_) co_return *failed_;
    while (!parser_.done()) {
        // The returned view into the input is valid until receive(), which only the next read()
        // calls.
        if (!worth_waiting()) {
            const auto piece = parser_.body(connection_.input());
            if (!piece) co_return fail(piece.error());
            connection_.consume(piece->consumed);
            given_ += piece->content.size();
            if (!piece->content.empty()) co_return Piece(piece->content);
            if (parser_.done()) break;
        }
        error_code error;
        if (expects_word_ && connection_.input().empty()) {
            constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            error = co_await connection_.send(go_on, piece_);
        }
        expects_word_ = false;
        if (!error) error = co_await connection_.receive(piece_);
        if (error == asio::error::timed_out)
            co_return fail(base::Error(errc::timeout_before, "request body"));
        if (error == asio::error::no_buffer_space)
            co_return fail(base::Error(errc::bad_request, "chunk header"));
        if (error) co_return fail(base::Error(errc::closed, how_far() + error.message()));
    }
    co_return Piece();
}

bool Incoming::too_much_left() const
{
    const auto length = content_length();
    return length && *length - std::min(*length, given_) > drain_octets;
}

asio::awaitable<bool> Incoming::drain()
{
    const auto until = Clock::now() + drain_limit;
    std::uint64_t octets = 0;
    while (!parser_.done()) {
        const auto left = std::chrono::duration_cast<base::Duration>(until - Clock::now());
        if (failed_ || expects_word_ || octets > drain_octets || left <= base::Duration(0))
            co_return false;
        piece_ = std::min(piece_, left);
        const auto piece = co_await read();
        if (!piece) co_return false;
        if (*piece) octets += (*piece)->size();
    }
    co_return !failed_;
}

} // namespace http
