// SPDX-License-Identifier: Apache-2.0
// The push parser on Beast's basic_parser: the one file of the project that includes Beast.
#include "http/parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace http {

namespace {

namespace wire = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

// "0" CRLF CRLF. Beast 1.81 asserts that the end of a chunked body never comes in shorter steps.
constexpr std::size_t least_chunk_end = 5;

template <bool is_request>
class Parser final : public MessageParser, private wire::basic_parser<is_request> {
    using Base = wire::basic_parser<is_request>;

public:
    Parser(const ParserLimits& limits, bool to_head) : limits_(limits)
    {
        Base::header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        Base::body_limit(boost::none
        ); // counted here, so that a body too large is told apart from its header
        if (to_head) Base::skip(true);
    }

    base::Result<std::size_t> header(base::BytesView octets) override;
    const Head& head() const override { return head_; }
    base::Result<Piece> body(base::BytesView octets) override;
    base::Result<> end() override;
    bool done() const override { return Base::is_done(); }

private:
    static constexpr errc bad = is_request ? errc::bad_request : errc::bad_response;

    base::Result<> check_header(base::BytesView text) const;
    base::Result<> check_fields() const;
    void count(std::uint64_t octets, error_code& error);

    void
    on_request_impl(wire::verb, string_view method, string_view target, int version, error_code&)
        override
    {
        head_.method.assign(method.data(), method.size());
        head_.target.assign(target.data(), target.size());
        head_.version = version;
    }
    void on_response_impl(int status, string_view, int version, error_code&) override
    {
        head_.status = status;
        head_.version = version;
    }
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
    bool in_header_ = true;    // a trailer is read, but means nothing to us
    std::size_t searched_ = 0; // octets known not to begin the header's end
    std::uint64_t body_octets_ = 0;
    std::uint64_t chunk_left_ = 0;
    base::BytesView piece_;
};

template <bool is_request>
base::Result<std::size_t> Parser<is_request>::header(base::BytesView octets)
{
    if (octets.empty()) return std::size_t(0);
    const char first = octets.front();
    if ((first < 'A' || first > 'Z') && (first < 'a' || first > 'z'))
        return base::Error(bad, "not a start line");
    const auto end = octets.find("\r\n\r\n", searched_);
    const auto size = end == base::BytesView::npos ? octets.size() : end + 4;
    if (size > limits_.header_bytes) return base::Error(errc::too_large, "header");
    if (end == base::BytesView::npos) {
        searched_ = octets.size() > 3 ? octets.size() - 3 : 0;
        return std::size_t(0);
    }
    const auto text = octets.substr(0, size);
    if (auto checked = check_header(text); !checked) return checked.error();
    error_code error;
    const auto taken = Base::put(boost::asio::buffer(text.data(), text.size()), error);
    if (error) return base::Error(bad, error.message());
    if (taken != size || !Base::is_header_done()) return base::Error(bad, "header ends early");
    in_header_ = false;
    if (auto checked = check_fields(); !checked) return checked.error();
    if (const auto length = Base::content_length()) head_.content_length = *length;
    head_.chunked = Base::chunked();
    head_.keep_alive = Base::keep_alive();
    head_.until_closed = Base::need_eof();
    return size;
}

// [RFC 9112 5.2] a folded line; Beast would join it, others read a new field.
template <bool is_request>
base::Result<> Parser<is_request>::check_header(base::BytesView text) const
{
    for (auto at = text.find("\r\n"); at + 2 < text.size(); at = text.find("\r\n", at + 2))
        if (text[at + 2] == ' ' || text[at + 2] == '\t')
            return base::Error(bad, "folded header line");
    if (text.find('\0') != base::BytesView::npos) return base::Error(bad, "NUL in the header");
    return {};
}

template <bool is_request> base::Result<> Parser<is_request>::check_fields() const
{
    const auto& headers = head_.headers;
    // [RFC 9112 6.3] one length, said once; Beast itself refuses both kinds together.
    for (const auto* name : {"Content-Length", "Transfer-Encoding", "Host"})
        if (headers.has_many(name)) return base::Error(bad, std::string(name) + " twice");
    if (const auto coding = headers.get("Transfer-Encoding")) {
        // [RFC 9112 6.1] codings we do not know cannot be framed; in HTTP/1.0 there are none.
        if (!base::iequals(*coding, "chunked") || head_.version < 11)
            return base::Error(bad, "Transfer-Encoding");
    }
    if (const auto length = headers.get("Content-Length")) {
        const bool digits =
            !length->empty() && length->find_first_not_of("0123456789") == std::string::npos;
        if (!digits) return base::Error(bad, "Content-Length");
    }
    // [RFC 9112 3.2] a request without Host.
    if (is_request && head_.version >= 11 && !headers.get("Host"))
        return base::Error(bad, "no Host");
    return {};
}

template <bool is_request> void Parser<is_request>::count(std::uint64_t octets, error_code& error)
{
    body_octets_ += octets;
    if (limits_.body_bytes && body_octets_ > *limits_.body_bytes) error = wire::error::body_limit;
}

template <bool is_request>
base::Result<MessageParser::Piece> Parser<is_request>::body(base::BytesView octets)
{
    Piece result;
    if (limits_.body_bytes && head_.content_length.value_or(0) > *limits_.body_bytes)
        return base::Error(errc::too_large, "body");
    while (result.consumed < octets.size() && !Base::is_done() && result.content.empty()) {
        const auto rest = octets.substr(result.consumed);
        if (head_.chunked && chunk_left_ == 0 && rest.size() < least_chunk_end) break;
        piece_ = {};
        error_code error;
        result.consumed += Base::put(boost::asio::buffer(rest.data(), rest.size()), error);
        if (error == wire::error::need_more) break;
        if (error == wire::error::body_limit) return base::Error(errc::too_large, "body");
        if (error) return base::Error(bad, error.message());
        result.content = piece_;
    }
    return result;
}

template <bool is_request> base::Result<> Parser<is_request>::end()
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
    return std::make_unique<Parser<true>>(limits, false);
}

std::unique_ptr<MessageParser> response_parser(const ParserLimits& limits, bool to_head)
{
    return std::make_unique<Parser<false>>(limits, to_head);
}

} // namespace http
