// SPDX-License-Identifier: Apache-2.0
// The stored form of a Sealed: a version line, then fields with their length (64 bits, low octet
// first).
#include "as4/pack.hpp"

#include "base/errors.hpp"

namespace as4 {
namespace {

constexpr std::string_view version = "kurir sealed 1\n";
constexpr std::uint64_t most_entries = 10'000;

void put(base::Bytes& out, std::uint64_t number)
{
    for (int i = 0; i < 8; ++i)
        out.push_back(static_cast<char>((number >> (8 * i)) & 0xff));
}

void put(base::Bytes& out, std::string_view text)
{
    put(out, static_cast<std::uint64_t>(text.size()));
    out.append(text);
}

// Reads what put() wrote; `good` turns false at the first octet that is missing and stays so.
struct Source {
    base::BytesView rest;
    bool good = true;

    std::uint64_t number()
    {
        if (rest.size() < 8) good = false;
        if (!good) return 0;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 8; ++i)
            value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest[i])) << (8 * i);
        rest.remove_prefix(8);
        return value;
    }
    std::string text()
    {
        const auto size = number();
        if (size > rest.size()) good = false;
        if (!good) return {};
        std::string value(rest.substr(0, static_cast<std::size_t>(size)));
        rest.remove_prefix(value.size());
        return value;
    }
    std::uint64_t count()
    {
        const auto value = number();
        if (value > most_entries) good = false;
        return good ? value : 0;
    }
};

} // namespace

base::Bytes Sealed::to_bytes() const
{
    base::Bytes out(version);
    put(out, message_id);
    put(out, envelope);
    put(out, insert_at);
    put(out, static_cast<std::uint64_t>(references.size()));
    for (const auto& reference : references) {
        put(out, reference.uri);
        put(out, reference.digest_method);
        put(out, reference.digest);
    }
    put(out, static_cast<std::uint64_t>(parts.size()));
    for (const auto& part : parts) {
        put(out, part.content_id);
        put(out, part.mime_type);
    }
    return out;
}

base::Result<Sealed> Sealed::from_bytes(base::BytesView octets)
{
    if (!octets.starts_with(version))
        return base::Error(base::errc::bad_format, "sealed message: unknown version");
    Source source{octets.substr(version.size())};
    Sealed sealed;
    sealed.message_id = source.text();
    sealed.envelope = source.text();
    sealed.insert_at = source.number();
    for (auto left = source.count(); left > 0 && source.good; --left) {
        SignedReference reference;
        reference.uri = source.text();
        reference.digest_method = source.text();
        reference.digest = source.text();
        sealed.references.push_back(std::move(reference));
    }
    for (auto left = source.count(); left > 0 && source.good; --left) {
        wss::EncryptedPart part;
        part.content_id = source.text();
        part.mime_type = source.text();
        sealed.parts.push_back(std::move(part));
    }
    if (!source.good || !source.rest.empty() || sealed.insert_at > sealed.envelope.size())
        return base::Error(base::errc::bad_format, "sealed message: damaged");
    return sealed;
}

} // namespace as4
