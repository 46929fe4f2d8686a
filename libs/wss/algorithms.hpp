// SPDX-License-Identifier: Apache-2.0
// The algorithms that a P-Mode allows. The P-Mode chooses the algorithms, never the message. If a
// message names an algorithm that the P-Mode does not allow, the message is refused with
// errc::policy before any cryptography.
#pragma once

#include "crypto/rsa.hpp"
#include "wss/uris.hpp"

#include <string>
#include <vector>

namespace wss {

// The forms in which a signature or an EncryptedKey refers to its certificate (eDelivery AS4 1.15,
// WS-Security X.509 token profile).
enum class TokenReference { bst_x509v3, bst_pkipath, subject_key_identifier, issuer_serial };

struct KeyTransport {
    std::string uri; // Algorithm of EncryptionMethod
    crypto::Oaep oaep;
    friend bool operator==(const KeyTransport& a, const KeyTransport& b)
    {
        return a.uri == b.uri && a.oaep.digest == b.oaep.digest && a.oaep.mgf1 == b.oaep.mgf1;
    }
};

// We send the first value of each list and accept every value of the list. The defaults are those
// of the eDelivery AS4 1.15 common profile.
struct Algorithms {
    std::vector<std::string> signature{std::string(uri::rsa_sha256)};
    std::vector<std::string> digest{std::string(uri::sha256)};
    std::vector<std::string> canonicalization{std::string(uri::exc_c14n)};
    std::vector<std::string> content{std::string(uri::aes128_gcm)};
    std::vector<KeyTransport> key_transport{{std::string(uri::rsa_oaep), {}}};
    std::vector<TokenReference> signature_token{
        TokenReference::bst_x509v3, TokenReference::bst_pkipath,
        TokenReference::subject_key_identifier, TokenReference::issuer_serial
    };
    std::vector<TokenReference> encryption_token{
        TokenReference::bst_x509v3, TokenReference::bst_pkipath,
        TokenReference::subject_key_identifier, TokenReference::issuer_serial
    };
};

} // namespace wss
