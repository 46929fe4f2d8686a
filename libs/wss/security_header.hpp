// SPDX-License-Identifier: Apache-2.0
// wsse:Security of a message as plain values. Every algorithm has been checked against the
// allow-list. No signature or digest has been verified yet.
#pragma once

#include "crypto/certificate.hpp"
#include "wss/algorithms.hpp"
#include "wss/envelope.hpp"
#include "wss/timestamp.hpp"

#include <string>
#include <vector>

namespace wss {

// A reference in a message to a certificate. In the two BinarySecurityToken (BST) forms,
// `certificates` holds the certificates in the message, end entity first. In the other forms,
// candidates() finds the certificate among known ones.
struct KeyReference {
    TokenReference form = TokenReference::bst_x509v3;
    std::vector<crypto::Certificate> certificates;
    base::Bytes subject_key_identifier;
    std::string issuer; // as written, with the white space around it
    std::string serial; // decimal
};

// Returns the certificates to which a reference may refer: the end entity's certificate in the
// message, or the matching certificates of `known`, in their order. Several may match, because a
// renewed certificate of the same key has the same SubjectKeyIdentifier.
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
    // The element in exclusive canonical form, as a receipt repeats it [AS4 5.1.8].
    base::Bytes xml;
};

struct Signature {
    xml::Node signed_info;
    std::vector<std::string> c14n_prefixes;
    std::vector<Reference> references;
    // URIs of the references outside the profile, which are not verified. Only a signal may have
    // such references, and their targets do not count as signed.
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
    std::optional<Timestamp> timestamp; // verify_header() tells whether it is signed
};

// Reads wsse:Security of a UserMessage. Elements outside the profile are refused, except one
// wsu:Timestamp, whose freshness is not judged here. At most 200 references; ids and URIs of at
// most 1024 octets. errc::malformed, policy, not_covered (no reference at all); errors of xml.
base::Result<SecurityHeader>
read_security(const xml::Document& document, xml::Node security, const Algorithms& allowed);

// Reads wsse:Security of a signal. A signal is judged by what its signature proves, so other
// elements are not read: other tokens, SignatureConfirmation, encryption, unknown elements. If
// there are several ds:Signature, exactly one must refer to eb:Messaging. The signature is read as
// strictly as in read_security(), with one exception: a reference with another transform, digest
// method or URI, or with a Type, becomes `unread`. `timestamp` is set only if there is exactly one
// and it is well formed. errc::malformed, policy, not_covered; errors of xml.
base::Result<SecurityHeader> read_signal_security(
    const xml::Document& document, const Envelope& envelope, const Algorithms& allowed
);

// Returns the percent-decoded Content-ID of a "cid:" URI (RFC 2392); nothing for other URIs.
std::optional<std::string> content_id_of(std::string_view uri);

} // namespace wss
