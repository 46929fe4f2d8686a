// SPDX-License-Identifier: Apache-2.0
// wsse:Security as read from a message: its parts as plain values, every algorithm already held
// against the allow-list. Nothing here is verified yet.
#pragma once

#include "crypto/certificate.hpp"
#include "wss/algorithms.hpp"
#include "wss/envelope.hpp"
#include "wss/timestamp.hpp"

#include <string>
#include <vector>

namespace wss {

// A certificate named by the message. With BST forms `certificates` holds what it brought (end
// entity first); with the others it is found among the known ones by candidates().
struct KeyReference {
    TokenReference form = TokenReference::bst_x509v3;
    std::vector<crypto::Certificate> certificates;
    base::Bytes subject_key_identifier;
    std::string issuer; // as written, white space around it included
    std::string serial; // decimal
};

// The certificates that may be meant: the one brought, or those of `known` which fit, in their
// order. A renewed certificate of the same key has the same SubjectKeyIdentifier, so there may be
// several.
std::vector<crypto::Certificate>
candidates(const KeyReference& reference, const std::vector<crypto::Certificate>& known);

enum class TransformKind { exclusive_c14n, attachment_content };

// One ds:Reference of the SignedInfo.
struct Reference {
    std::string uri; // "#id" or "cid:…" as written
    TransformKind transform = TransformKind::exclusive_c14n;
    std::vector<std::string> prefixes; // PrefixList of the transform
    std::string digest_method;
    base::Bytes digest;
    base::Bytes xml; // the element in exclusive canonical form: what a receipt repeats [AS4 5.1.8]
};

struct Signature {
    xml::Node signed_info;
    std::vector<std::string> c14n_prefixes;
    std::vector<Reference> references;
    // URIs of the references that are not of the profile. Only a signal has any; nothing that such
    // a reference names counts as signed.
    std::vector<std::string> unread;
    base::Bytes value;
    KeyReference key;
};

struct EncryptedPart {
    std::string content_id; // percent-decoded, without "cid:"
    std::string mime_type;  // EncryptedData/@MimeType; the part's type after decryption
};

struct Encryption {
    KeyTransport transport;
    KeyReference key;
    base::Bytes wrapped_key;
    std::vector<EncryptedPart> parts;
};

struct SecurityHeader {
    std::optional<Signature> signature;
    std::optional<Encryption> encryption;
    std::optional<Timestamp> timestamp; // whether it is signed, verify_header() says
};

// Of a UserMessage: nothing may be there that the profile does not have, but for one wsu:Timestamp.
// Its freshness is not judged here. errc::malformed, policy. At most 200 references; ids and URIs
// of at most 1024 octets.
base::Result<SecurityHeader>
read_security(const xml::Document& document, xml::Node security, const Algorithms& allowed);

// Of a signal, which is judged by what its signature proves: other elements of wsse:Security are
// not read (tokens, SignatureConfirmation, encryption, what is not known). Where there are several
// ds:Signature, exactly one must refer to eb:Messaging, and that one is read as strictly as above,
// except that a reference with another transform, digest method or URI, or with a Type, is
// `unread`. `timestamp` only if there is one and it has its shape. errc::malformed, policy,
// not_covered.
base::Result<SecurityHeader> read_signal_security(
    const xml::Document& document, const Envelope& envelope, const Algorithms& allowed
);

// The Content-ID a "cid:" URI means (RFC 2392, percent-decoded); nothing for other URIs.
std::optional<std::string> content_id_of(std::string_view uri);

} // namespace wss
