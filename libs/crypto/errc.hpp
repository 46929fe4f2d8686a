// SPDX-License-Identifier: Apache-2.0
// Errors of crypto.
#pragma once

#include "base/errc.hpp"

namespace crypto {

enum class errc {
    // A certificate or a list of certificates cannot be read, or its key is of a kind that Kurir
    // does not use.
    bad_certificate = 1,
    // The key file cannot be read, holds no unencrypted RSA key, or is open to group or others. The
    // operator must fix the file.
    bad_key,
    key_mismatch,  // the key does not belong to the certificate
    bad_signature, // the signature value does not match the key and the data
    // OAEP or GCM failed. The two failures share one code on purpose, so that it is no oracle.
    decryption_failed,
    failed, // OpenSSL refused an operation that should work; the detail has its error queue
};
const char* text(errc code);

} // namespace crypto

KURIR_ERROR_CODES(crypto)
