// SPDX-License-Identifier: Apache-2.0
// Locates the relevant elements of a SOAP 1.2 envelope, none of which may be repeated. Every later
// step uses these nodes and never searches again. So the verified element and the used element are
// always the same node (facts: attack 1).
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

// Finds the elements of an Envelope. A Fault in the Body is allowed here.
// - errc::bad_envelope: not SOAP 1.2; Header, Body or Messaging missing or repeated; more than one
//   Security, or a Security for another role.
// - errc::not_understood: an unknown header block for us with mustUnderstand.
base::Result<Envelope> locate(const xml::Document& document);

} // namespace wss
