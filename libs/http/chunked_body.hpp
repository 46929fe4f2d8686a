// SPDX-License-Identifier: Apache-2.0
// The chunked coding of an answer [RFC 9112 7.1], read with tolerance: white space behind a chunk's
// size, extensions of any form, lines that end with LF alone. Trailers are read and dropped.
#pragma once

#include "http/parser.hpp"

namespace http {

class ChunkedBody {
public:
    // The next piece of content. Nothing consumed and not done: more octets are needed behind the
    // same ones. errc::bad_response; errc::too_large for a line or trailers over 16 KB.
    base::Result<MessageParser::Piece> take(base::BytesView octets);
    bool done() const { return stage_ == Stage::done; }

private:
    enum class Stage { size, data, data_end, trailers, done };

    // Each says how many octets it consumed; 0 = it needs more.
    base::Result<std::size_t> size_line(base::BytesView rest);
    base::Result<std::size_t> data_end(base::BytesView rest);
    base::Result<std::size_t> trailer(base::BytesView rest);

    Stage stage_ = Stage::size;
    std::uint64_t left_ = 0; // of this chunk
    std::size_t trailer_octets_ = 0;
};

} // namespace http
