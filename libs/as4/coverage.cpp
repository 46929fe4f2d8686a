// SPDX-License-Identifier: Apache-2.0
// A gap in these checks would let a payload in that no signature covers (facts: attacks 2, 8, 15).
#include "as4/coverage.hpp"

#include "mime/errc.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace as4 {
namespace {

constexpr std::string_view gzip = "application/gzip";

// [AS4 3.1][TA26][TA29] Refuses a repeated property, because its value would be ambiguous.
base::Result<> read_properties(const ebms::PartInfo& info, ExpectedPart& part)
{
    std::set<std::string> seen;
    for (const auto& property : info.properties) {
        const bool ours = property.name == "MimeType" || property.name == "CharacterSet" ||
                          property.name == "CompressionType";
        if (ours && !seen.insert(property.name).second)
            return base::Error(errc::bad_part_property, property.name + " twice");
        if (property.name == "MimeType") part.mime_type = property.value; // [TA25]
        if (property.name == "CharacterSet") {
            if (!is_encoding_name(property.value))
                return base::Error(errc::bad_part_property, "CharacterSet");
            part.character_set = property.value; // [TA27][TA28]
        }
        if (property.name == "CompressionType") {
            if (!base::iequals(property.value, gzip)) // [RFC 2045 5.1]
                return base::Error(errc::bad_part_property, "CompressionType");
            part.compressed = true;
        }
    }
    if (part.compressed && part.mime_type.empty())
        return base::Error(errc::bad_part_property, "CompressionType without MimeType");
    return {};
}

// Maps a Content-ID to the media type after decryption.
using EncryptedTypes = std::map<std::string, std::string>;

base::Result<EncryptedTypes> encrypted_types(const std::optional<wss::Encryption>& encryption)
{
    EncryptedTypes types;
    if (!encryption) return types;
    for (const auto& part : encryption->parts) {
        if (!types.emplace(part.content_id, part.mime_type).second)
            return base::Error(errc::part_mismatch, part.content_id + " encrypted twice");
    }
    return types;
}

base::Result<ExpectedPart> check_part(
    const ebms::PartInfo& info, const wss::SignedParts& signed_parts,
    const EncryptedTypes& encrypted, const pmode::PMode& pmode
)
{
    // [ED115 1.4.2.2][TA08] Payloads are MIME parts only, neither in the Body nor outside the
    // message.
    const auto content_id = wss::content_id_of(info.href);
    if (!content_id || content_id->empty())
        return base::Error(errc::part_mismatch, "href " + info.href.substr(0, 200));
    ExpectedPart part;
    part.content_id = *content_id;
    // [AS4 5.1.5] Every attachment must be signed.
    const auto reference = signed_parts.attachments.find(part.content_id);
    if (reference == signed_parts.attachments.end())
        return base::Error(wss::errc::not_covered, part.content_id + " is not signed");
    part.digest = reference->second.digest;
    // [AS4 5.1.7] An attachment must be encrypted if the P-Mode requires encryption.
    const auto type = encrypted.find(part.content_id);
    part.encrypted = type != encrypted.end();
    if (part.encrypted) part.decrypted_type = type->second;
    if (pmode.must_encrypt && !part.encrypted)
        return base::Error(errc::not_encrypted, part.content_id);
    if (auto read = read_properties(info, part); !read) return read.error();
    return part;
}

} // namespace

bool is_encoding_name(std::string_view text)
{
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    const auto other = [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= 64 && letter(text.front()) &&
           std::all_of(text.begin(), text.end(), other);
}

base::Result<std::vector<ExpectedPart>> check_coverage(
    const ebms::UserMessage& message, const wss::SignedParts& signed_parts,
    const std::optional<wss::Encryption>& encryption, const pmode::PMode& pmode
)
{
    if (message.parts.size() > pmode.limits.parts)
        return base::Error(mime::errc::limit, std::to_string(message.parts.size()) + " parts");
    const auto encrypted = encrypted_types(encryption);
    if (!encrypted) return encrypted.error();

    // [TA07] All parts, in PartInfo order.
    std::vector<ExpectedPart> expected;
    std::set<std::string> named;
    for (const auto& info : message.parts) {
        auto part = check_part(info, signed_parts, *encrypted, pmode);
        if (!part) return part.error();
        if (!named.insert(part->content_id).second)
            return base::Error(errc::part_mismatch, part->content_id + " named twice");
        expected.push_back(std::move(*part));
    }
    for (const auto& [content_id, reference] : signed_parts.attachments) {
        if (!named.contains(content_id))
            return base::Error(errc::part_mismatch, content_id + " signed, not named");
    }
    for (const auto& [content_id, type] : *encrypted) {
        if (!named.contains(content_id))
            return base::Error(errc::part_mismatch, content_id + " encrypted, not named");
    }
    return expected;
}

} // namespace as4
