// SPDX-License-Identifier: Apache-2.0
// Errors of crypto.
#pragma once

#include "base/errc.hpp"

namespace crypto {

enum class errc {
    bad_certificate = 1, // not a certificate, or one whose key is of a kind we do not use
    bad_key,       // not a private key, or a file that others may read; operator: mend the key file
    key_mismatch,  // the key is not that of the certificate
    bad_signature, // the signature value does not fit key and data
    decryption_failed, // OAEP or GCM failed; one code for both, on purpose (no oracle)
    failed,            // OpenSSL refused an operation that should work; the detail has its queue
};
const char* text(errc code);

} // namespace crypto

KURIR_ERROR_CODES(crypto)
