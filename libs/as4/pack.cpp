// SPDX-License-Identifier: Apache-2.0
// seal(): writes and signs the header, once per message.
#include "as4/pack.hpp"

#include "base/id.hpp"

#include <algorithm>
#include <set>

namespace as4 {
namespace {

// A Content-ID goes into a MIME header field in angle brackets [RFC 2045 7].
bool fits_content_id(std::string_view id)
{
    return !id.empty() && id.size() <= 500 && std::all_of(id.begin(), id.end(), [](char c) {
        return c > ' ' && c < 0x7f && c != '<' && c != '>';
    });
}

bool fits_header(std::string_view type)
{
    return !type.empty() && type.size() <= 500 &&
           std::all_of(type.begin(), type.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

// [AS4 3.1][TA24][TA25] The media type of a compressed part is application/gzip. Its property
// MimeType has the type of the uncompressed content.
std::string wire_type(const ebms::PartInfo& info)
{
    const auto compression = info.property("CompressionType");
    if (!compression.empty()) return compression;
    const auto type = info.property("MimeType");
    return type.empty() ? "application/octet-stream" : type;
}

base::Result<wss::EncryptedPart> wire_part(const ebms::PartInfo& info)
{
    const auto content_id = wss::content_id_of(info.href);
    if (!content_id || !fits_content_id(*content_id))
        return base::Error(errc::part_mismatch, "href " + info.href);
    wss::EncryptedPart part;
    part.content_id = *content_id;
    part.mime_type = wire_type(info);
    if (!fits_header(part.mime_type))
        return base::Error(errc::bad_part_property, "MimeType of " + part.content_id);
    return part;
}

} // namespace

base::Result<Sealed> seal(
    const ebms::UserMessage& message, const std::vector<wss::PartDigest>& digests,
    const pmode::PMode& pmode, const crypto::Signer& signer
)
{
    if (digests.size() != message.parts.size())
        return base::Error(errc::part_mismatch, "digests and PartInfo");
    Sealed sealed;
    sealed.message_id = message.info.message_id;
    wss::ToSign to_sign;
    std::set<std::string> content_ids;
    for (const auto& info : message.parts) {
        auto part = wire_part(info);
        if (!part) return part.error();
        const auto digest = std::find_if(digests.begin(), digests.end(), [&](const auto& each) {
            return each.content_id == part->content_id;
        });
        if (digest == digests.end() || !content_ids.insert(part->content_id).second)
            return base::Error(errc::part_mismatch, part->content_id);
        to_sign.parts.push_back(*digest);
        sealed.parts.push_back(std::move(*part));
    }
    if (pmode.algorithms.signature_token.empty())
        return base::Error(pmode::errc::invalid, "no signature token form");
    to_sign.token = pmode.algorithms.signature_token.front();
    to_sign.messaging_id = "messaging-" + base::uuid();
    to_sign.messaging = ebms::write(message, to_sign.messaging_id);
    const auto created = message.info.timestamp;
    if (pmode.timestamp.sent)
        to_sign.timestamp = {"TS-" + base::uuid(), created, created + pmode.timestamp.lifetime};
    auto envelope = wss::sign(to_sign, signer);
    if (!envelope) return envelope.error();
    sealed.take(*std::move(envelope), created);
    return sealed;
}

void Sealed::take(wss::SignedEnvelope made, base::Time created)
{
    envelope = std::move(made.soap);
    insert_at = made.insert_at;
    references.clear();
    for (auto& reference : made.references)
        references.push_back(
            {std::move(reference.uri), std::move(reference.digest_method),
             std::move(reference.digest)}
        );
    form.reset();
    // [wss::sign] The reference to the Timestamp is the third.
    if (!made.timestamp.empty())
        form = {created, references[2], std::move(made.timestamp), std::move(made.value)};
}

} // namespace as4
