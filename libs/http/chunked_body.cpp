// SPDX-License-Identifier: Apache-2.0
#include "http/chunked_body.hpp"

#include <algorithm>
#include <charconv>

namespace http {

namespace {

constexpr std::size_t max_line = 16 * 1024;

base::Error bad(std::string about)
{
    return {errc::bad_response, std::move(about)};
}

} // namespace

base::Result<std::size_t> ChunkedBody::size_line(base::BytesView rest)
{
    const auto end = rest.find('\n');
    if (std::min(end, rest.size()) > max_line) return base::Error(errc::too_large, "chunk header");
    if (end == base::BytesView::npos) return std::size_t(0);
    const auto line = base::trim(rest.substr(0, end));
    const auto* const last = line.data() + line.size();
    const auto [stopped, failure] = std::from_chars(line.data(), last, left_, 16);
    // [RFC 9112 7.1.1] Unknown chunk extensions are ignored.
    const bool ends = stopped == last || *stopped == ';' || *stopped == ' ' || *stopped == '\t';
    if (failure != std::errc() || !ends) return bad("chunk size");
    stage_ = left_ > 0 ? Stage::data : Stage::trailers;
    return end + 1;
}

base::Result<std::size_t> ChunkedBody::data_end(base::BytesView rest)
{
    if (rest.empty() || rest == "\r") return std::size_t(0);
    const std::size_t size = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') ? 1 : 0;
    if (size == 0) return bad("a chunk is longer than its size");
    stage_ = Stage::size;
    return size;
}

base::Result<std::size_t> ChunkedBody::trailer(base::BytesView rest)
{
    const auto end = rest.find('\n');
    if (trailer_octets_ + std::min(end, rest.size()) > max_line)
        return base::Error(errc::too_large, "trailers");
    if (end == base::BytesView::npos) return std::size_t(0);
    trailer_octets_ += end + 1;
    const auto line = rest.substr(0, end);
    if (line.empty() || line == "\r") stage_ = Stage::done;
    return end + 1;
}

base::Result<MessageParser::Piece> ChunkedBody::take(base::BytesView octets)
{
    MessageParser::Piece piece;
    while (stage_ != Stage::done) {
        const auto rest = octets.substr(piece.consumed);
        if (stage_ == Stage::data) {
            piece.content = rest.substr(
                0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()))
            );
            piece.consumed += piece.content.size();
            left_ -= piece.content.size();
            if (left_ == 0) stage_ = Stage::data_end;
            return piece;
        }
        const auto taken = stage_ == Stage::size       ? size_line(rest)
                           : stage_ == Stage::data_end ? data_end(rest)
                                                       : trailer(rest);
        if (!taken) return taken.error();
        if (*taken == 0) break;
        piece.consumed += *taken;
    }
    return piece;
}

} // namespace http
