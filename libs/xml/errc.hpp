// SPDX-License-Identifier: Apache-2.0
// Errors of xml.
#pragma once

#include "base/errc.hpp"

namespace xml {

enum class errc {
    not_well_formed = 1,  // libxml2 refused it
    doctype,              // a document type declaration: refused everywhere, before any processing
    limit,                // bytes, depth, attributes, nodes or text above the limits
    not_expected,         // an element or attribute is missing, repeated or not where it belongs
    canonical_form,       // the canonical form cannot be made (never taken for empty)
    unsupported_encoding, // a character encoding that is not read here; the detail names it
    wrong_encoding,       // byte order mark, declaration, charset and octets contradict each other
};
const char* text(errc code);

} // namespace xml

KURIR_ERROR_CODES(xml)
