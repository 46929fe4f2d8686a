// SPDX-License-Identifier: Apache-2.0
// Signing and verifying: eb:Messaging, the empty Body, the attachments and, where there is one, the
// wsu:Timestamp under one ds:Signature [AS4 5.1.4-5.1.5]. Verification says what was signed; whom
// to trust is another's question (crypto::TrustStore).
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
    base::Bytes sha256; // of the octets that the content transform yields
};

// What to sign. `messaging` must be the exclusive canonical form of eb:Messaging with
// S12:mustUnderstand and wsu:Id="messaging_id" (ebms::write makes it so).
struct ToSign {
    base::Bytes messaging;
    std::string messaging_id;
    std::vector<PartDigest> parts;
    TokenReference token = TokenReference::bst_x509v3;
    std::optional<NewTimestamp> timestamp = {}; // its id is an NCName, used nowhere else
    std::string body_id = {};                   // of the Body; "" = a new one
};

// A signed SOAP 1.2 envelope. Encryption elements go in at insert_at (right after the start tag of
// wsse:Security), which changes nothing that is signed.
struct SignedEnvelope {
    base::Bytes soap;
    std::size_t insert_at = 0;
    std::vector<Reference> references; // Messaging, Body, Timestamp if any, attachments
    base::Bytes
        signed_info_digest; // SHA-256 of the canonical SignedInfo: the identity of this signed form
    base::Bytes value;      // of SignatureValue
    base::Bytes timestamp;  // the wsu:Timestamp as it was hashed; empty = none
};
base::Result<SignedEnvelope> sign(const ToSign& what, const crypto::Signer& signer);

// The outcome of verify_header(): digests of the attachments that the signature vouches for, by
// Content-ID.
struct SignedParts {
    std::map<std::string, Reference> attachments;
    base::Bytes signed_info_digest;
    bool timestamp = false; // the header's one wsu:Timestamp is signed
    std::size_t unread = 0; // references that were not verified: of a signal
};
// Checks, in this order: SignatureValue under `signer`; that Messaging and Body are referenced by
// Ids which are unique in the document, and nothing else that may not be; the digests of all
// elements referenced; that Body is empty (or, for signals, a Fault). No target is referenced
// twice. May be referenced too: in a UserMessage the one wsu:Timestamp of wsse:Security, and
// attachments (cid: with the attachment transform); in a signal any element inside wsse:Security,
// any header block, and whatever references that are not of the profile name: those are counted,
// and may name neither Messaging nor Body. errc::bad_signature, bad_digest, not_covered, policy.
base::Result<SignedParts> verify_header(
    const xml::Document& document, const Envelope& envelope, const Signature& signature,
    const crypto::Certificate& signer
);

// The same under the certificate that KeyInfo means: the one brought, or one of `known`. Where
// several of these fit, those valid at `now` come first, and the first under which SignatureValue
// is right wins. errc::unknown_certificate if none fits.
struct SignedBy {
    crypto::Certificate signer;
    SignedParts parts;
};
base::Result<SignedBy> verify_header(
    const xml::Document& document, const Envelope& envelope, const Signature& signature,
    const std::vector<crypto::Certificate>& known, base::Time now
);

} // namespace wss
