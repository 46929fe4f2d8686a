// SPDX-License-Identifier: Apache-2.0
// See exchange.hpp. Everything throws when it fails: a test that gets so far has a fault of its
// own.
#include "support/exchange.hpp"

#include "as4/compression.hpp"
#include "crypto/digest.hpp"

#include <stdexcept>

namespace support {
namespace {

Side make_side(const std::string& own, const std::string& other, const Terms& terms)
{
    const Authority federation;
    std::vector<pmode::Peer> peers;
    peers.push_back(make_peer(other, federation.identity(other, terms.bits), terms));
    const Identity identity = federation.identity(own, terms.bits);
    return Side{
        own, identity, identity.signer(), pmode::PModes::make(own, std::move(peers)).value(),
        federation.trust()
    };
}

std::string participant(const std::string& party_id)
{
    return "0203:" + base::lower(party_id) + ".example";
}

} // namespace

Exchange::Exchange(const Terms& terms)
    : a(make_side(party_a, party_b, terms)), b(make_side(party_b, party_a, terms)),
      now(std::max(a.signer.certificate().not_before(), b.signer.certificate().not_before()) +
          std::chrono::hours(1))
{
}

pmode::Peer make_peer(const std::string& party_id, const Identity& identity, const Terms& terms)
{
    pmode::Peer peer;
    peer.name = base::lower(party_id);
    peer.party_id = party_id;
    peer.url = "https://localhost/as4";
    if (terms.pinned) peer.pinned.push_back(identity.certificate());
    if (terms.encryption) peer.encryption = identity.certificate();
    peer.participants = {participant(party_id)};
    peer.pmode = terms.pmode;
    return peer;
}

std::vector<Payload> one_payload()
{
    return {{"message", "text/xml", "<XHE><Header>h\xC3\xA4lsning</Header></XHE>"}};
}

ebms::UserMessage
make_message(const Side& from, const Side& to, base::Time now, const std::vector<Payload>& payloads)
{
    const pmode::PMode& mode = from.peer().pmode;
    ebms::UserMessage message;
    message.info.timestamp = now;
    message.info.message_id = base::uuid() + "@" + base::lower(from.party_id) + ".example";
    message.from = {{from.party_id, mode.party_type}, mode.initiator_role};
    message.to = {{to.party_id, mode.party_type}, mode.responder_role};
    message.agreement = mode.agreement;
    message.service = {"bdx:noprocess", mode.service_type.value_or("")};
    message.action = "busdox-docid-qns::urn:riv:infrastructure:messaging:MessageWithAttachments:3::"
                     "messagePayload##3.0::tm-base-ext-sigenc";
    message.conversation_id = base::uuid();
    message.properties = {
        {"originalSender", participant(from.party_id), mode.participant_scheme},
        {"finalRecipient", participant(to.party_id), mode.participant_scheme}
    };
    for (const auto& payload : payloads) {
        ebms::PartInfo part{"cid:" + payload.content_id, {{"MimeType", payload.mime_type, ""}}};
        if (payload.compressed)
            part.properties.push_back({"CompressionType", "application/gzip", ""});
        message.parts.push_back(std::move(part));
    }
    return message;
}

base::Bytes gzip(base::BytesView plain)
{
    base::Bytes octets;
    as4::Deflater deflater;
    deflater.update(plain, octets);
    deflater.finish(octets);
    return octets;
}

base::Bytes gunzip(base::BytesView octets)
{
    base::Bytes plain;
    as4::Inflater inflater{pmode::PayloadLimits{}};
    const auto append = [&](base::BytesView piece) {
        plain.append(piece);
        return base::Result<>{};
    };
    if (!inflater.update(octets, append) || !inflater.finish())
        throw std::runtime_error("not gzip");
    return plain;
}

Packed pack(const Side& from, const Side& to, base::Time now, const std::vector<Payload>& payloads)
{
    return pack(from, make_message(from, to, now, payloads), payloads);
}

Packed
pack(const Side& from, const ebms::UserMessage& message, const std::vector<Payload>& payloads)
{
    std::vector<wss::PartDigest> digests;
    std::vector<base::Content> contents;
    for (const auto& payload : payloads) {
        const base::Bytes octets = payload.compressed ? gzip(payload.octets) : payload.octets;
        const auto hashed = payload.compressed ? base::Result<base::Bytes>(octets)
                                               : wss::content_transform(octets, payload.mime_type);
        digests.push_back({payload.content_id, crypto::sha256(hashed.value())});
        contents.push_back(base::Content::of(octets));
    }
    auto sealed = as4::seal(message, digests, from.peer().pmode, from.signer);
    return {std::move(sealed.value()), std::move(contents)};
}

HttpBody wire(const Packed& packed, const Side& from, const Side& to)
{
    std::vector<const base::Content*> payloads;
    for (const auto& payload : packed.payloads)
        payloads.push_back(&payload);
    auto wire =
        as4::Wire::make(packed.sealed, payloads, from.peer().pmode, to.signer.certificate());
    HttpBody body{wire.value().content_type(), {}};
    for (;;) {
        const auto piece = wire->next();
        if (piece.value().empty()) break;
        body.octets.append(*piece);
    }
    if (body.octets.size() != wire->content_length())
        throw std::runtime_error("Content-Length is wrong");
    return body;
}

base::Result<as4::Verified>
unpack(const as4::UnpackContext& context, const HttpBody& body, base::Time now, std::size_t piece)
{
    auto unpacker = as4::Unpacker::start(context, body.content_type, now);
    if (!unpacker) return unpacker.error();
    for (base::BytesView rest = body.octets; !rest.empty();) {
        const auto next = rest.substr(0, piece);
        rest.remove_prefix(next.size());
        if (auto fed = unpacker->feed(next); !fed) return fed.error();
    }
    return unpacker->finish();
}

base::Bytes content_octets(const base::Content& content)
{
    base::Bytes octets;
    auto reader = base::ContentReader::open(content);
    for (;;) {
        const auto piece = reader.value().read();
        if (piece.value().empty()) return octets;
        octets.append(*piece);
    }
}

} // namespace support
