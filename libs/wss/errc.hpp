// SPDX-License-Identifier: Apache-2.0
// Errors of wss. as4/error_signal.cpp turns them into EBMS codes.
#pragma once

#include "base/errc.hpp"

namespace wss {

enum class errc {
    bad_envelope = 1, // not a SOAP 1.2 envelope with exactly one Header, Messaging and Body
    not_understood,   // a header block with mustUnderstand that we do not know
    not_signed,       // no wsse:Security or no ds:Signature in it
    malformed,        // wsse:Security is not built as the profile has it
    policy,           // algorithm, transform, reference or key form that the P-Mode does not allow
    not_covered, // Messaging, Body or a part that the signature does not cover, or encryption that
                 // does not
    bad_signature,       // SignatureValue wrong
    bad_digest,          // a digest differs from what was signed
    unknown_certificate, // a token reference that leads to no certificate we have
    decryption,          // the content key cannot be had; says nothing more on purpose
};
const char* text(errc code);

} // namespace wss

KURIR_ERROR_CODES(wss)
