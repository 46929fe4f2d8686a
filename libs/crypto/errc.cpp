// SPDX-License-Identifier: Apache-2.0
// Short texts of crypto's error codes.
#include "crypto/errc.hpp"

namespace crypto {

const char* text(errc code)
{
    switch (code) {
    case errc::bad_certificate:
        return "not a usable certificate";
    case errc::bad_key:
        return "not a usable private key";
    case errc::key_mismatch:
        return "the key does not belong to the certificate";
    case errc::bad_signature:
        return "the signature does not verify";
    case errc::decryption_failed:
        return "decryption failed";
    case errc::failed:
        return "a cryptographic operation failed";
    }
    return "unknown error of crypto";
}

} // namespace crypto
