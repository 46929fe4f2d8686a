// SPDX-License-Identifier: Apache-2.0
// The places in a SOAP 1.2 envelope that matter, each exactly once. Every later step uses these
// nodes and no other search, so that what is verified and what is used cannot be two things (facts:
// attack 1).
#pragma once

#include "wss/errc.hpp"
#include "xml/document.hpp"

#include <optional>

namespace wss {

struct Envelope {
    xml::Node messaging;
    xml::Node body;
    std::optional<xml::Node> security; // absent in unsigned signals
};

// errc::bad_envelope: not SOAP 1.2, Header or Body or Messaging missing or repeated, more than one
// Security. errc::not_understood: a foreign header block with mustUnderstand. A Fault in the Body
// is allowed here.
base::Result<Envelope> locate(const xml::Document& document);

} // namespace wss
