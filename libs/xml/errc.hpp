// SPDX-License-Identifier: Apache-2.0
// Error codes of the xml library.
#pragma once

#include "base/errc.hpp"

namespace xml {

enum class errc {
    // libxml2 refused the document.
    not_well_formed = 1,
    // The document has a document type declaration. Always refused, before any processing.
    doctype,
    // The octets, depth, attributes, nodes, text or another quantity exceed a limit.
    limit,
    // An element or attribute is missing, repeated or in the wrong place.
    not_expected,
    // The canonical form cannot be made. Never treated as an empty form.
    canonical_form,
    // The parser does not support the character encoding. The detail names the encoding.
    unsupported_encoding,
    // The byte order mark, declaration, charset and octets contradict each other.
    wrong_encoding,
};
const char* text(errc code);

} // namespace xml

KURIR_ERROR_CODES(xml)
