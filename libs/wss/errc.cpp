// SPDX-License-Identifier: Apache-2.0
// Short texts of wss's error codes.
#include "wss/errc.hpp"

namespace wss {

const char* text(errc code)
{
    switch (code) {
    case errc::bad_envelope:
        return "not a SOAP 1.2 envelope with one Header, Messaging and Body";
    case errc::not_understood:
        return "a header block that must be understood is not known";
    case errc::not_signed:
        return "the message is not signed";
    case errc::malformed:
        return "wsse:Security is malformed";
    case errc::policy:
        return "not allowed by the security policy";
    case errc::not_covered:
        return "not covered by signature or encryption";
    case errc::bad_signature:
        return "the signature value is wrong";
    case errc::bad_digest:
        return "a digest differs from what was signed";
    case errc::unknown_certificate:
        return "the key reference leads to no known certificate";
    case errc::decryption:
        return "decryption failed";
    }
    return "unknown error";
}

} // namespace wss
