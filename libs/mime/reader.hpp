// SPDX-License-Identifier: Apache-2.0
// multipart/related read as a stream (RFC 2046 5.1.1, RFC 2387): pieces in, parts out, nothing kept but the tail that
// may begin a boundary. The preamble, a CRLF or LF before the first boundary and the epilogue are nobody's.
#pragma once

#include "base/bytes.hpp"
#include "mime/content_type.hpp"
#include "mime/errc.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace mime {

struct Limits {
    std::size_t parts = 100;
    std::size_t header_bytes = 16 * 1024; // of one part
    std::size_t line = 4 * 1024;          // one header line, unfolded
    std::size_t preamble = 4 * 1024;
};

struct PartHeader {
    std::string content_type;  // as written; empty if absent
    std::string content_id;    // without angle brackets; empty if absent
};

class PartListener {
public:
    virtual ~PartListener() = default;
    virtual base::Result<> part_begins(const PartHeader& header) = 0;
    virtual base::Result<> part_data(base::BytesView octets) = 0; // never empty
    virtual base::Result<> part_ends() = 0;
};

class Reader {
public:
    Reader(std::string boundary, PartListener& listener, const Limits& limits = {});
    base::Result<> feed(base::BytesView piece); // errors of this library or of the listener; the same again once failed
    base::Result<> finish();                    // errc::truncated unless the closing boundary was seen

private:
    enum class Stage { preamble, header, body, epilogue };
    std::string boundary_;
    PartListener& listener_;
    Limits limits_;
    Stage stage_ = Stage::preamble;
    base::Bytes pending_;
    std::size_t parts_ = 0;
    std::size_t skipped_ = 0;
    base::Result<> outcome_;
};

} // namespace mime
