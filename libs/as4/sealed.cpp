// SPDX-License-Identifier: Apache-2.0
// The stored form of a Sealed and of a SignedForm: a version line, then the fields. A number has 64
// bits, low octet first. A text follows its length, which is such a number. Version 2 of a Sealed
// adds the SignedForm of its Timestamp. Version 2 of a SignedForm adds its token. Values without
// these additions are still written as version 1, which older programs can read.
#include "as4/pack.hpp"

#include "base/errors.hpp"

namespace as4 {
namespace {

constexpr std::string_view version_1 = "kurir sealed 1\n";
constexpr std::string_view version_2 = "kurir sealed 2\n";
constexpr std::string_view form_version_1 = "kurir form 1\n";
constexpr std::string_view form_version_2 = "kurir form 2\n";
constexpr std::uint64_t max_entries = 10'000;

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

// Reads the output of put(). `good` becomes false at the first missing octet and stays false.
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
        if (value > max_entries) good = false;
        return good ? value : 0;
    }
};

} // namespace

base::Bytes SignedForm::to_bytes() const
{
    base::Bytes out(token.empty() ? form_version_1 : form_version_2);
    put(out, static_cast<std::uint64_t>(base::to_millis(created)));
    put(out, timestamp.uri);
    put(out, timestamp.digest_method);
    put(out, timestamp.digest);
    put(out, element);
    put(out, signature);
    if (!token.empty()) put(out, token);
    return out;
}

base::Result<SignedForm> SignedForm::from_bytes(base::BytesView octets)
{
    const bool second = octets.starts_with(form_version_2);
    if (!second && !octets.starts_with(form_version_1))
        return base::Error(base::errc::bad_format, "signed form: unknown version");
    Source source{octets.substr(form_version_1.size())};
    SignedForm form;
    form.created = base::from_millis(static_cast<std::int64_t>(source.number()));
    form.timestamp.uri = source.text();
    form.timestamp.digest_method = source.text();
    form.timestamp.digest = source.text();
    form.element = source.text();
    form.signature = source.text();
    if (second) form.token = source.text();
    if (!source.good || !source.rest.empty())
        return base::Error(base::errc::bad_format, "signed form: damaged");
    return form;
}

base::Bytes Sealed::to_bytes() const
{
    base::Bytes out(form ? version_2 : version_1);
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
    if (form) put(out, form->to_bytes());
    return out;
}

base::Result<Sealed>
Sealed::from_bytes(base::BytesView octets, const std::vector<base::Bytes>& earlier)
{
    const bool second = octets.starts_with(version_2);
    if (!second && !octets.starts_with(version_1))
        return base::Error(base::errc::bad_format, "sealed message: unknown version");
    Source source{octets.substr(version_1.size())};
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
    if (second && source.good) {
        auto form = SignedForm::from_bytes(source.text());
        if (!form) return form.error();
        sealed.form = *std::move(form);
    }
    for (const auto& each : earlier) {
        auto form = SignedForm::from_bytes(each);
        if (!form) return form.error();
        sealed.earlier.push_back(*std::move(form));
    }
    if (!source.good || !source.rest.empty() || sealed.insert_at > sealed.envelope.size())
        return base::Error(base::errc::bad_format, "sealed message: damaged");
    return sealed;
}

} // namespace as4
