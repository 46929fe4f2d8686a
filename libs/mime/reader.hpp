// SPDX-License-Identifier: Apache-2.0
// Reads multipart/related and multipart/form-data as a stream (RFC 2046 5.1.1, RFC 2387, RFC 7578).
// Keeps only a part's header and the last octets that may belong to a boundary. Skips the preamble,
// the CRLF or LF before the first boundary, and the epilogue.
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
    std::size_t header_bytes = 16 * 1024; // per part
    std::size_t line = 4 * 1024;          // a boundary line, or an unfolded header field
    std::size_t preamble = 4 * 1024;
};

struct PartHeader {
    std::string content_type; // as written; empty if absent
    std::string content_id;   // without angle brackets; empty if absent
    std::string form_name;    // name of a form's field (RFC 7578); empty if there is none
};

// Receives the parts. An error that the listener returns stops the reader.
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
    // Returns errors of this library or of the listener. After a failure, every later call returns
    // the same error.
    base::Result<> feed(base::BytesView piece);
    // errc::truncated if the closing boundary is missing.
    base::Result<> finish();

private:
    enum class Stage { preamble, header, body, epilogue };
    struct BoundaryLine;
    BoundaryLine boundary_line(base::BytesView rest) const;

    base::Result<> take(base::BytesView piece);
    // Each of these functions consumes octets from the front of `view` and returns their number. 0
    // means that more octets are needed.
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
    base::Bytes pending_; // octets that are not consumed yet
    // True at the start of a body. A boundary may follow there immediately, because the blank line
    // ends with the line break that must precede a boundary.
    bool at_start_ = false;
    std::size_t parts_ = 0;
    std::size_t skipped_ = 0;       // octets of the preamble
    std::size_t header_bytes_ = 0;  // octets in the header of this part
    std::string field_;             // the current header field, unfolded
    std::vector<std::string> seen_; // header fields that must not be repeated
    PartHeader header_;
    base::Result<> outcome_;
};

} // namespace mime
