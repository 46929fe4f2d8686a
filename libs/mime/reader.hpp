// SPDX-License-Identifier: Apache-2.0
// multipart/related and multipart/form-data read as a stream (RFC 2046 5.1.1, RFC 2387, RFC 7578):
// pieces in, parts out, nothing kept but the tail that may begin a boundary. The preamble, a CRLF
// or LF before the first boundary and the epilogue are nobody's.
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
    std::string content_type; // as written; empty if absent
    std::string content_id;   // without angle brackets; empty if absent
    std::string form_name;    // of a form's field (RFC 7578); empty if it is none
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
    base::Result<> feed(base::BytesView piece
    ); // errors of this library or of the listener; the same again once failed
    base::Result<> finish(); // errc::truncated unless the closing boundary was seen

private:
    enum class Stage { preamble, header, body, epilogue };
    struct BoundaryLine;
    BoundaryLine boundary_line(base::BytesView rest) const;

    base::Result<> take(base::BytesView piece);
    // Each takes what it can judge from the front of `view` and says how much that was; 0 = more
    // octets are needed.
    base::Result<std::size_t> take_all(base::BytesView view);
    base::Result<std::size_t> step(base::BytesView view);
    base::Result<std::size_t> preamble_step(base::BytesView view);
    base::Result<std::size_t> header_step(base::BytesView view);
    base::Result<std::size_t> body_step(base::BytesView view);
    base::Result<std::size_t>
    boundary_step(base::BytesView view, std::size_t data_end, std::size_t rest_begin);
    base::Result<std::size_t> data(base::BytesView view, std::size_t count);

    base::Result<> header_line(base::BytesView line);
    base::Result<> header_field();
    base::Result<> header_ends();

    std::string boundary_;
    std::string delimiter_; // LF "--" boundary
    PartListener& listener_;
    Limits limits_;
    Stage stage_ = Stage::preamble;
    base::Bytes pending_;   // octets not judged yet
    bool at_start_ = false; // of a body: the line break before a boundary may be the blank line's
    std::size_t parts_ = 0;
    std::size_t skipped_ = 0;       // octets of preamble
    std::size_t header_bytes_ = 0;  // of this part
    std::string field_;             // the header field being read, unfolded
    std::vector<std::string> seen_; // fields that must not come twice
    PartHeader header_;
    base::Result<> outcome_;
};

} // namespace mime
