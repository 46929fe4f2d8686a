// SPDX-License-Identifier: Apache-2.0
// Push parser for responses: parses header and body with the tolerance of a user agent. parser.cpp
// has the strict parser for requests.
#include "http/answer_header.hpp"
#include "http/chunked_body.hpp"

#include <algorithm>

namespace http {

namespace {

// [RFC 8446 5.1] Recognises a TLS alert or handshake record.
bool is_tls(base::BytesView octets)
{
    return octets.starts_with("\x15\x03") || octets.starts_with("\x16\x03");
}

class ResponseParser final : public MessageParser {
public:
    ResponseParser(const ParserLimits& limits, bool to_head) : limits_(limits), to_head_(to_head) {}

    base::Result<std::size_t> header(base::BytesView octets) override;
    const Head& head() const override { return head_; }
    base::Result<Piece> body(base::BytesView octets) override;
    base::Result<> end() override;
    bool done() const override { return done_; }

private:
    base::Result<> count(std::size_t octets);

    ParserLimits limits_;
    bool to_head_;
    Head head_;
    bool headed_ = false;
    bool done_ = false;
    std::size_t searched_ = 0;
    std::uint64_t body_octets_ = 0;
    ChunkedBody chunks_;
};

base::Result<std::size_t> ResponseParser::header(base::BytesView octets)
{
    if (is_tls(octets))
        return base::Error(errc::bad_response, "it is TLS: the URL must begin with https");
    if (!may_begin_answer(octets)) return base::Error(errc::bad_response, "no status line");
    const auto end = end_of_answer_header(octets, searched_);
    const auto size = end == 0 ? octets.size() : end;
    if (size > limits_.header_bytes) return base::Error(errc::too_large, "header");
    if (end == 0) {
        searched_ = octets.size() > 3 ? octets.size() - 3 : 0;
        return std::size_t(0);
    }
    auto head = read_answer_header(octets.substr(0, size), to_head_);
    if (!head) return head.error();
    head_ = std::move(*head);
    headed_ = true;
    done_ = head_.content_length == 0u;
    return size;
}

base::Result<> ResponseParser::count(std::size_t octets)
{
    body_octets_ += octets;
    const auto announced = std::max(body_octets_, head_.content_length.value_or(0));
    if (limits_.body_bytes && announced > *limits_.body_bytes)
        return base::Error(errc::too_large, "body");
    return {};
}

base::Result<MessageParser::Piece> ResponseParser::body(base::BytesView octets)
{
    Piece piece;
    if (head_.chunked) {
        const auto taken = chunks_.take(octets);
        if (!taken) return taken.error();
        piece = *taken;
        done_ = chunks_.done();
    } else {
        if (head_.content_length)
            octets = octets.substr(
                0, static_cast<std::size_t>(
                       std::min<std::uint64_t>(*head_.content_length - body_octets_, octets.size())
                   )
            );
        piece = {octets.size(), octets};
    }
    if (auto counted = count(piece.content.size()); !counted) return counted.error();
    if (head_.content_length) done_ = body_octets_ == *head_.content_length;
    return piece;
}

base::Result<> ResponseParser::end()
{
    if (!headed_) return base::Error(errc::broken_after, "the connection ended within the header");
    done_ = done_ || head_.until_closed;
    if (!done_) return base::Error(errc::broken_after, "the connection ended within the body");
    return {};
}

} // namespace

std::unique_ptr<MessageParser> response_parser(const ParserLimits& limits, bool to_head)
{
    return std::make_unique<ResponseParser>(limits, to_head);
}

} // namespace http
