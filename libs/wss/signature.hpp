// SPDX-License-Identifier: Apache-2.0
// Signs and verifies messages. One ds:Signature covers eb:Messaging, the empty Body, the
// attachments and the wsu:Timestamp, if there is one [AS4 5.1.4-5.1.5]. Verification tells what was
// signed. crypto::TrustStore judges whether the signer is trusted.
#pragma once

#include "crypto/rsa.hpp"
#include "wss/security_header.hpp"
#include "wss/timestamp.hpp"

#include <map>
#include <string>
#include <vector>

namespace wss {

struct PartDigest {
    std::string content_id;
    base::Bytes sha256; // of the result of content_transform()
};

// The input of sign(). `messaging` must be the exclusive canonical form of eb:Messaging with
// S12:mustUnderstand and wsu:Id="messaging_id" (ebms::write() writes this form).
struct ToSign {
    base::Bytes messaging;
    std::string messaging_id;
    std::vector<PartDigest> parts;
    TokenReference token = TokenReference::bst_x509v3;
    std::optional<NewTimestamp> timestamp = {}; // the id must be an NCName and unique
    std::string body_id = {};                   // wsu:Id of the Body; "" = a new id
};

// A signed SOAP 1.2 envelope. Encryption elements are inserted at the offset insert_at, right after
// the start tag of wsse:Security. The insertion changes nothing that is signed.
struct SignedEnvelope {
    base::Bytes soap;
    std::size_t insert_at = 0;
    std::vector<Reference> references; // in order: Messaging, Body, Timestamp if any, attachments
    // SHA-256 of the canonical SignedInfo, which identifies this signed form.
    base::Bytes signed_info_digest;
    base::Bytes value;     // octets of SignatureValue
    base::Bytes timestamp; // the wsu:Timestamp as it was hashed; empty = none
};
// Writes and signs an envelope. errc::malformed if an id is not an NCName; errors of write_token()
// and of `signer`.
base::Result<SignedEnvelope> sign(const ToSign& what, const crypto::Signer& signer);

// The result of verify_header(). `attachments` holds the signed references to attachments by
// Content-ID. The caller must compare their digests with the attachments.
struct SignedParts {
    std::map<std::string, Reference> attachments;
    base::Bytes signed_info_digest;
    bool timestamp = false; // the only wsu:Timestamp of the header is signed
    std::size_t unread = 0; // number of references of a signal that were not verified
};
// Verifies a signature under the key of `signer`. Checks in this order:
// 1. SignatureValue is right.
// 2. Messaging and Body are referenced, by Ids that are unique in the document. No target is
//    referenced twice. Other references are refused, except those listed below.
// 3. The digest of every referenced element is right.
// 4. The Body is empty, or holds a Fault in a signal.
// Allowed are references to:
// - attachments (cid: with the attachment transform), whose digests are not checked here;
// - in a UserMessage, the only wsu:Timestamp of wsse:Security;
// - in a signal, any element inside wsse:Security and any header block.
// In a signal, references outside the profile are allowed too. Such references are only counted,
// and may name neither Messaging nor Body.
// errc::bad_signature, bad_digest, not_covered, policy; errors of xml.
base::Result<SignedParts> verify_header(
    const xml::Document& document, const Envelope& envelope, const Signature& signature,
    const crypto::Certificate& signer
);

struct SignedBy {
    crypto::Certificate signer;
    SignedParts parts;
};
// Verifies a signature under the certificate that KeyInfo refers to: the certificate in the
// message, or one of `known`. If several of `known` match, those valid at `now` are tried first.
// The signer is the first certificate under which SignatureValue is right.
// errc::unknown_certificate if none matches; otherwise the errors of the function above.
base::Result<SignedBy> verify_header(
    const xml::Document& document, const Envelope& envelope, const Signature& signature,
    const std::vector<crypto::Certificate>& known, base::Time now
);

} // namespace wss
