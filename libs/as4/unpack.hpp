// SPDX-License-Identifier: Apache-2.0
// Unpack: an HTTP body, in pieces, becomes a Verified message or an error. The order of its checks
// is the security of the product (design 5.2): header signature, signer, party and coverage before
// our private key is touched; then each attachment in one pass; nothing released before tag, digest
// and signature are right.
#pragma once

#include "as4/attachment.hpp"
#include "as4/errc.hpp"
#include "as4/pack.hpp"
#include "base/spool.hpp"
#include "crypto/rsa.hpp"
#include "crypto/trust.hpp"
#include "ebms/message.hpp"
#include "mime/reader.hpp"
#include "pmode/pmode.hpp"
#include "wss/signature.hpp"
#include "xml/document.hpp"

#include <memory>
#include <string>
#include <vector>

namespace as4 {

struct UnpackLimits {
    xml::Limits soap{
        .bytes = 1024 * 1024, .depth = 64, .attributes = 64, .nodes = 20'000, .text = 256 * 1024
    };
    mime::Limits mime;
    std::uint64_t early_part = 1024 * 1024; // attachments before the SOAP part, together
    // eb:Timestamp against the clock: how old, for peers that try again for days, and how far ahead
    // of it. Beyond that a message would outlive the record by which its repeats are known.
    base::Duration max_timestamp_age = std::chrono::hours(24 * 30);
    base::Duration max_timestamp_ahead = std::chrono::hours(24);
};

// What is referred to outlives the unpacker; shared by all of them.
struct UnpackContext {
    const pmode::PModes& pmodes;
    const crypto::Signer& own;
    const crypto::TrustStore& trust;
    base::Path spool_folder;
    UnpackLimits limits;
    // false: a UserMessage ends with errc::only_signals as soon as it is known to be one.
    bool user_messages = true;
};

// A message whose signature, signer, coverage, encryption and digests were proven. Only Unpacker
// makes one.
class Verified {
public:
    Verified(Verified&&) noexcept = default;
    Verified& operator=(Verified&&) noexcept = default;
    const ebms::UserMessage& message() const { return message_; }
    const pmode::Peer& peer() const { return *peer_; }
    const crypto::Certificate& signer() const { return signer_; }
    const std::vector<base::Bytes>& references() const
    {
        return references_;
    } // ds:Reference, canonical
    const base::Bytes& signed_info_digest() const { return signed_info_digest_; }
    const base::Bytes& envelope() const { return envelope_; } // the SOAP part as received: evidence
    std::vector<VerifiedPart>& parts() { return parts_; }
    const std::vector<VerifiedPart>& parts() const { return parts_; } // in PartInfo order

private:
    friend class Unpacker;
    Verified(ebms::UserMessage message, const pmode::Peer& peer, crypto::Certificate signer)
        : message_(std::move(message)), peer_(&peer), signer_(std::move(signer))
    {
    }
    ebms::UserMessage message_;
    const pmode::Peer* peer_;
    crypto::Certificate signer_;
    std::vector<base::Bytes> references_;
    base::Bytes signed_info_digest_;
    base::Bytes envelope_;
    std::vector<VerifiedPart> parts_;
};

class Unpacker {
public:
    // errors of mime if content_type is none of multipart/related and application/soap+xml.
    static base::Result<Unpacker>
    start(const UnpackContext& context, std::string_view content_type, base::Time now);
    Unpacker(Unpacker&&) noexcept;
    Unpacker& operator=(Unpacker&&) noexcept;
    ~Unpacker();
    base::Result<> feed(base::BytesView piece
    );                               // blocks (RSA, XML, files): call it off the I/O thread
    base::Result<Verified> finish(); // once
    // For an error's answer and the log: the message in error ("" if unknown), and its peer once
    // signature, signer and party were proven (else nullptr).
    std::string message_id() const;
    const pmode::Peer* peer() const;
    // The peer that the header names; nullptr before its P-Mode is found. Not proven, so only what
    // does no harm may depend on it.
    const pmode::Peer* claimed_peer() const;
    // Once peer() is known: the identity of this signed form, and why its signed wsu:Timestamp is
    // not fresh (errc::timestamp_expired, max_timestamp_ahead; nullptr: it is, or there is none).
    // No message is refused for that here: a form that was accepted before gets its receipt,
    // however late it comes again.
    const base::Bytes& signed_info_digest() const;
    const base::Error* stale() const;
    // After errc::not_a_user_message: the SOAP part of a receipt or an error, nothing of it proven;
    // else nullptr.
    const base::Bytes* signal() const;

private:
    struct State;
    explicit Unpacker(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace as4
