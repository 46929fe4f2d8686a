// SPDX-License-Identifier: Apache-2.0
// Tolerant decoder for the chunked coding of a response [RFC 9112 7.1]. Accepts white space after
// the size of a chunk, extensions of any form, and lines that end with LF alone. Trailers are read
// and dropped.
#pragma once

#include "http/parser.hpp"

namespace http {

class ChunkedBody {
public:
    // Returns the next piece of content. If the piece consumes nothing and done() is false, call
    // again with more octets appended to the same ones.
    // errc::bad_response; errc::too_large: a line or the trailers exceed 16 KB.
    base::Result<MessageParser::Piece> take(base::BytesView octets);
    bool done() const { return stage_ == Stage::done; }

private:
    enum class Stage { size, data, data_end, trailers, done };

    // Each of these functions returns the number of octets consumed. 0 = more octets are needed.
    base::Result<std::size_t> size_line(base::BytesView rest);
    base::Result<std::size_t> data_end(base::BytesView rest);
    base::Result<std::size_t> trailer(base::BytesView rest);

    Stage stage_ = Stage::size;
    std::uint64_t left_ = 0; // octets of the current chunk
    std::size_t trailer_octets_ = 0;
};

} // namespace http
