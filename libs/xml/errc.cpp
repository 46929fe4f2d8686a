// SPDX-License-Identifier: Apache-2.0
// The text of each error code of the xml library, for the log.
#include "xml/errc.hpp"

namespace xml {

const char* text(errc code)
{
    switch (code) {
    case errc::not_well_formed:
        return "not well-formed XML";
    case errc::doctype:
        return "a document type declaration is not allowed";
    case errc::limit:
        return "the XML document exceeds a limit";
    case errc::not_expected:
        return "an element or attribute is missing, repeated or out of place";
    case errc::canonical_form:
        return "the canonical form cannot be made";
    case errc::unsupported_encoding:
        return "the XML document is in a character encoding that is not read here";
    case errc::wrong_encoding:
        return "the octets of the XML document are not in the character encoding that it tells";
    }
    return "unknown error";
}

} // namespace xml
