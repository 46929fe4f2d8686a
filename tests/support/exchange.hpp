// SPDX-License-Identifier: Apache-2.0
// Two access points, A and B, that know each other by P-Mode; messages that A packs, and B's
// unpacking of them.
#pragma once

#include "as4/signals.hpp"
#include "support/authority.hpp"
#include "support/temporary_folder.hpp"

#include <memory>
#include <string>
#include <vector>

namespace support {

inline constexpr const char* party_a = "AP0001-TEST";
inline constexpr const char* party_b = "AP0002-TEST";

struct Terms {
    pmode::PMode pmode = pmode::preset("sdk").value();
    bool pinned =
        false; // peers pin each other's certificate, instead of trust by authority and common name
    int bits = 2048;        // of both sides' RSA keys
    bool encryption = true; // certificates to encrypt to are known
};

// One access point and what it knows of the other.
struct Side {
    std::string party_id;
    Identity identity;
    crypto::Signer signer;
    pmode::PModes pmodes;
    crypto::TrustStore trust;
    std::unique_ptr<TemporaryFolder> spool = std::make_unique<TemporaryFolder>();

    const pmode::Peer& peer() const { return pmodes.peers().front(); }
    as4::UnpackContext context() const { return {pmodes, signer, trust, spool->path(), {}}; }
};

struct Exchange {
    Side a;
    Side b;
    base::Time now; // inside the validity of all certificates

    explicit Exchange(const Terms& terms = {});
};

// B (or whoever) as the other sees it: participants "0203:<party in lower case>.example".
pmode::Peer make_peer(const std::string& party_id, const Identity& identity, const Terms& terms);

struct Payload {
    std::string content_id;
    std::string mime_type;
    base::Bytes octets;
    bool compressed = true;
};
std::vector<Payload> one_payload(); // "message", text/xml, a small XHE-like document

// The UserMessage from one side to the other for these payloads.
ebms::UserMessage make_message(
    const Side& from, const Side& to, base::Time now, const std::vector<Payload>& payloads
);

base::Bytes gzip(base::BytesView plain);
base::Bytes gunzip(base::BytesView octets); // throws if broken

// A sealed message with the payload octets as they travel (gzip octets if compressed).
struct Packed {
    as4::Sealed sealed;
    std::vector<base::Content> payloads;
};
Packed pack(
    const Side& from, const Side& to, base::Time now,
    const std::vector<Payload>& payloads = one_payload()
);
// The same for a UserMessage of the test's own making; its parts and `payloads` go together by
// order.
Packed
pack(const Side& from, const ebms::UserMessage& message, const std::vector<Payload>& payloads);

struct HttpBody {
    std::string content_type;
    base::Bytes octets;
    std::string url; // where it was sent, if it was
};
// One attempt, encrypted for `to` and collected whole.
HttpBody wire(const Packed& packed, const Side& from, const Side& to);

// The unpacker of a side fed with pieces of that size.
base::Result<as4::Verified> unpack(
    const as4::UnpackContext& context, const HttpBody& body, base::Time now,
    std::size_t piece = 64 * 1024
);
base::Bytes content_octets(const base::Content& content);

} // namespace support
