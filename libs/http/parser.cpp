// SPDX-License-Identifier: Apache-2.0
// Push parser for requests, on Beast's basic_parser. This is the only file of the project that
// includes Beast. Beast parses the grammar. This file adds the checks against request smuggling
// that Beast leaves to its caller.
#include "http/parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cctype>

namespace http {

namespace {

namespace wire = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

// Size of "0" CRLF CRLF. Beast 1.81 asserts that it never gets the end of a chunked body in shorter
// steps.
constexpr std::size_t min_chunk_end = 5;

base::Error bad(std::string about)
{
    return {errc::bad_request, std::move(about)};
}

// Returns the octets of the empty lines before the request line. [RFC 9112 2.2] The server ignores
// them, because some clients send one after a body. Only CR LF counts as an empty line.
std::size_t empty_lines(base::BytesView octets)
{
    std::size_t at = 0;
    while (octets.substr(at, 2) == "\r\n")
        at += 2;
    return at;
}

bool is_token(std::string_view text)
{
    const auto is_part = [](char c) {
        return c > ' ' && c < '\x7f' &&
               std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), is_part);
}

// [RFC 9112 3.2] Allows the characters of uri-host and port [RFC 3986 3.2.2, 3.2.3].
bool is_host(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~!$&'()*+;=:%[]").find(c) != std::string_view::npos;
    });
}

// [RFC 9110 2.5] A higher minor version is treated as 1.1, the highest known version. Beast would
// refuse the original.
void lower_version(base::Bytes& header)
{
    constexpr std::string_view one = " HTTP/1.";
    const auto line = base::BytesView(header).substr(0, header.find("\r\n"));
    if (line.size() <= one.size() || line.back() < '2' || line.back() > '9') return;
    const auto at = line.size() - 1;
    if (line.substr(at - one.size(), one.size()) == one) header[at] = '1';
}

class RequestParser final : public MessageParser, private wire::basic_parser<true> {
    using Base = wire::basic_parser<true>;

public:
    explicit RequestParser(const ParserLimits& limits) : limits_(limits)
    {
        Base::header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        // count() limits the body. Beast would report a too large body as an error of the header.
        Base::body_limit(boost::none);
    }

    base::Result<std::size_t> header(base::BytesView octets) override;
    const Head& head() const override { return head_; }
    base::Result<Piece> body(base::BytesView octets) override;
    base::Result<> end() override;
    bool done() const override { return Base::is_done(); }

private:
    base::Result<> check_header(base::BytesView text) const;
    base::Result<> check_fields() const;
    base::Result<> check_codings();
    void count(std::uint64_t octets, error_code& error);

    void
    on_request_impl(wire::verb, string_view method, string_view target, int version, error_code&)
        override
    {
        head_.method.assign(method.data(), method.size());
        head_.target.assign(target.data(), target.size());
        head_.version = version;
    }
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(wire::field, string_view name, string_view value, error_code&) override
    {
        if (in_header_)
            head_.headers.add(
                std::string(name.data(), name.size()), std::string(value.data(), value.size())
            );
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view body, error_code& error) override
    {
        count(body.size(), error);
        piece_ = base::BytesView(body.data(), body.size());
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t size, string_view, error_code&) override
    {
        chunk_left_ = size;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) override
    {
        chunk_left_ -= body.size();
        return on_body_impl(body, error);
    }
    void on_finish_impl(error_code&) override {}

    ParserLimits limits_;
    Head head_;
    bool in_header_ = true;    // afterwards, fields are trailers and are ignored
    std::size_t searched_ = 0; // the search for the end of the header starts after these octets
    std::uint64_t body_octets_ = 0;
    std::uint64_t chunk_left_ = 0;
    base::BytesView piece_;
};

base::Result<std::size_t> RequestParser::header(base::BytesView octets)
{
    const auto begin = empty_lines(octets);
    const auto start = octets.substr(begin);
    if (!start.empty() && start != "\r" && !std::isalpha(static_cast<unsigned char>(start.front())))
        return bad("not a request line");
    const auto end = octets.find("\r\n\r\n", std::max(begin, searched_));
    const auto size = end == base::BytesView::npos ? octets.size() : end + 4;
    if (size > limits_.header_bytes) return base::Error(errc::too_large, "header");
    if (end == base::BytesView::npos) {
        searched_ = octets.size() > 3 ? octets.size() - 3 : 0;
        return std::size_t(0);
    }
    base::Bytes text(octets.substr(begin, size - begin));
    lower_version(text);
    if (auto checked = check_header(text); !checked) return checked.error();
    error_code error;
    const auto taken = Base::put(boost::asio::buffer(text.data(), text.size()), error);
    if (error) return bad(error.message());
    if (taken != text.size() || !Base::is_header_done()) return bad("header ends early");
    in_header_ = false;
    if (auto checked = check_fields(); !checked) return checked.error();
    if (auto checked = check_codings(); !checked) return checked.error();
    if (const auto length = Base::content_length()) head_.content_length = *length;
    head_.chunked = Base::chunked();
    head_.keep_alive = Base::keep_alive();
    return size;
}

// [RFC 9112 5.2] Refuses a folded line. Beast would join it to the line before, but other parsers
// would see a new field. A server may refuse it if the response gives the reason.
base::Result<> RequestParser::check_header(base::BytesView text) const
{
    for (auto at = text.find("\r\n"); at + 2 < text.size(); at = text.find("\r\n", at + 2))
        if (text[at + 2] == ' ' || text[at + 2] == '\t')
            return bad("a folded header line (obs-fold)");
    if (text.find('\0') != base::BytesView::npos) return bad("NUL in the header");
    return {};
}

base::Result<> RequestParser::check_fields() const
{
    const auto& headers = head_.headers;
    // [RFC 9112 6.3] Each of these fields may occur only once. Beast itself refuses Content-Length
    // together with Transfer-Encoding.
    for (const auto* name : {"Content-Length", "Transfer-Encoding", "Host"})
        if (headers.has_many(name)) return bad(std::string(name) + " twice");
    if (const auto length = headers.get("Content-Length")) {
        const bool digits =
            !length->empty() && length->find_first_not_of("0123456789") == std::string::npos;
        if (!digits) return bad("Content-Length");
    }
    // [RFC 9112 3.2] Refuse an HTTP/1.1 request without Host, and a Host that is not a host name.
    const auto host = headers.get("Host");
    if (head_.version >= 11 && !host) return bad("no Host");
    if (host && !is_host(*host)) return bad("Host");
    return {};
}

// [RFC 9112 6.3] If chunked is not the last coding, the length is unknown, and the client gets 400.
// [RFC 9112 6.1] For an unknown coding before chunked, the session responds 501. HTTP/1.0 has no
// transfer codings, so it gets 400.
base::Result<> RequestParser::check_codings()
{
    const auto text = head_.headers.get("Transfer-Encoding");
    if (!text || (base::iequals(*text, "chunked") && head_.version >= 11)) return {};
    const auto comma = text->rfind(',');
    if (comma == std::string::npos || head_.version < 11 ||
        !base::iequals(base::trim(std::string_view(*text).substr(comma + 1)), "chunked"))
        return bad("Transfer-Encoding without chunked at its end");
    for (const auto& coding : head_.headers.list("Transfer-Encoding")) {
        if (!is_token(coding.substr(0, coding.find(';')))) return bad("Transfer-Encoding");
        if (!base::iequals(coding, "chunked"))
            head_.foreign_codings += (head_.foreign_codings.empty() ? "" : ", ") + coding;
    }
    if (head_.foreign_codings.empty()) return bad("chunked twice");
    return {};
}

void RequestParser::count(std::uint64_t octets, error_code& error)
{
    body_octets_ += octets;
    if (limits_.body_bytes && body_octets_ > *limits_.body_bytes) error = wire::error::body_limit;
}

base::Result<MessageParser::Piece> RequestParser::body(base::BytesView octets)
{
    Piece result;
    if (limits_.body_bytes && head_.content_length.value_or(0) > *limits_.body_bytes)
        return base::Error(errc::too_large, "body");
    while (result.consumed < octets.size() && !Base::is_done() && result.content.empty()) {
        const auto rest = octets.substr(result.consumed);
        if (head_.chunked && chunk_left_ == 0 && rest.size() < min_chunk_end) break;
        piece_ = {};
        error_code error;
        result.consumed += Base::put(boost::asio::buffer(rest.data(), rest.size()), error);
        if (error == wire::error::need_more) break;
        if (error == wire::error::body_limit) return base::Error(errc::too_large, "body");
        if (error) return bad(error.message());
        result.content = piece_;
    }
    return result;
}

base::Result<> RequestParser::end()
{
    error_code error;
    if (!Base::is_header_done())
        return base::Error(errc::broken_after, "the connection ended within the header");
    Base::put_eof(error);
    if (error) return base::Error(errc::broken_after, "the connection ended within the body");
    return {};
}

} // namespace

std::unique_ptr<MessageParser> request_parser(const ParserLimits& limits)
{
    return std::make_unique<RequestParser>(limits);
}

} // namespace http
