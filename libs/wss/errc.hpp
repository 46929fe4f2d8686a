// SPDX-License-Identifier: Apache-2.0
// Errors of wss. as4/error_signal.cpp maps each error to an EBMS code.
#pragma once

#include "base/errc.hpp"

namespace wss {

enum class errc {
    bad_envelope = 1, // not a SOAP 1.2 envelope with exactly one Header, Messaging and Body
    not_understood,   // a header block with mustUnderstand that we do not know
    not_signed,       // no wsse:Security, or no ds:Signature in wsse:Security
    malformed,        // wsse:Security does not have the structure of the profile
    policy,           // algorithm, transform, reference or key form that the P-Mode does not allow
    // The signature does not cover Messaging, Body or a part, or the encryption does not cover a
    // part.
    not_covered,
    bad_signature,       // SignatureValue is wrong
    bad_digest,          // a digest differs from the signed digest
    unknown_certificate, // no certificate that we have matches the token reference
    decryption,          // no content key is available; gives no reason, on purpose
};
const char* text(errc code);

} // namespace wss

KURIR_ERROR_CODES(wss)
