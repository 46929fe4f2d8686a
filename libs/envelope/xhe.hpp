// SPDX-License-Identifier: Apache-2.0
// Reads the header of an XHE 1.0 document [OASIS XHE; DIGG XHE 2.3-2.5] of any size. Extracts only
// the values that routing and the AS4 header need. Never keeps the payload content.
#pragma once

#include "base/bytes.hpp"
#include "envelope/errc.hpp"

#include <memory>
#include <string>

namespace envelope {

struct Participant {
    std::string scheme; // "iso6523-actorid-upis"
    std::string value;  // "0203:kommun.example"
    friend bool operator==(const Participant&, const Participant&) = default;
};

struct XheHeader {
    std::string id; // xhb:ID, a UUID
    Participant from;
    Participant to;
    std::string document_scheme;  // BusinessScopeCriterion DOCUMENTID_SCHEME
    std::string document_id;      // DOCUMENTID
    std::string process_scheme;   // PROCESSID_SCHEME
    std::string process_id;       // PROCESSID
    std::string federation;       // FEDERATIONID, may be empty
    std::string handling_service; // HandlingServiceID, may be empty
    std::string content_type;     // ContentTypeCode
};

class XheReader {
public:
    XheReader();
    XheReader(XheReader&&) noexcept;
    XheReader& operator=(XheReader&&) noexcept;
    ~XheReader();
    // Returns errors of the xml library and of this library. After a failure, every later call
    // returns the same error.
    base::Result<> feed(base::BytesView piece);
    // Also returns errc::incomplete if the document lacks a required value.
    base::Result<XheHeader> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace envelope
