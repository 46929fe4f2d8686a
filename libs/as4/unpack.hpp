// SPDX-License-Identifier: Apache-2.0
// Unpack: turns an HTTP body, in pieces, into a Verified message or an error. The security of the
// product depends on the order of the checks (design 5.2). Header signature, signer, party and
// coverage are checked before our private key is used. Then each attachment is processed in one
// pass. No content is released before tag, digest and signature are verified.
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
    std::uint64_t early_part = 1024 * 1024; // octets of all attachments before the SOAP part
    // Limits for eb:Timestamp: its maximum age and its maximum time ahead of our clock. The age
    // allows for peers that retry for days. Beyond these limits, a message could be repeated after
    // the record of its first arrival is removed.
    base::Duration max_timestamp_age = std::chrono::hours(24 * 30);
    base::Duration max_timestamp_ahead = std::chrono::hours(24);
};

// Shared by all unpackers. The referenced objects must outlive the unpackers.
struct UnpackContext {
    const pmode::PModes& pmodes;
    const crypto::Signer& own;
    const crypto::TrustStore& trust;
    base::Path spool_folder;
    UnpackLimits limits;
    // false: a UserMessage fails with errc::only_signals as soon as it is recognised.
    bool user_messages = true;
};

// A message whose signature, signer, coverage, encryption and digests are verified. Only Unpacker
// can create it.
class Verified {
public:
    Verified(Verified&&) noexcept = default;
    Verified& operator=(Verified&&) noexcept = default;
    const ebms::UserMessage& message() const { return message_; }
    const pmode::Peer& peer() const { return *peer_; }
    const crypto::Certificate& signer() const { return signer_; }
    // The ds:Reference elements in canonical form.
    const std::vector<base::Bytes>& references() const { return references_; }
    const base::Bytes& signed_info_digest() const { return signed_info_digest_; }
    // The SOAP part as received: evidence.
    const base::Bytes& envelope() const { return envelope_; }
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
    // Errors of mime: content_type is neither multipart/related nor application/soap+xml.
    static base::Result<Unpacker>
    start(const UnpackContext& context, std::string_view content_type, base::Time now);
    Unpacker(Unpacker&&) noexcept;
    Unpacker& operator=(Unpacker&&) noexcept;
    ~Unpacker();
    // Blocks (RSA, XML, files): call it off the I/O thread.
    base::Result<> feed(base::BytesView piece);
    base::Result<Verified> finish(); // call once
    // For error answers and the log. message_id() is "" while it is unknown. peer() is nullptr
    // until signature, signer and party are verified.
    std::string message_id() const;
    const pmode::Peer* peer() const;
    // Returns the peer that the header names; nullptr before its P-Mode is found. The name is not
    // verified, so use it only where a false name does no harm.
    const pmode::Peer* claimed_peer() const;
    // Both are valid once peer() is known. signed_info_digest() is the identity of this signed
    // form. stale() says why the signed wsu:Timestamp is not fresh (errc::timestamp_expired,
    // max_timestamp_ahead); nullptr if it is fresh or absent. The Unpacker does not refuse a stale
    // message: a form that was accepted before gets its receipt again, however late the repeat
    // arrives.
    const base::Bytes& signed_info_digest() const;
    const base::Error* stale() const;
    // After errc::not_a_user_message: the SOAP part of a receipt or an error, not verified.
    // Otherwise nullptr.
    const base::Bytes* signal() const;

private:
    struct State;
    explicit Unpacker(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace as4
