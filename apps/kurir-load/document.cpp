// SPDX-License-Identifier: Apache-2.0
// The document is cut where its XHE id stands.
#include "kurir-load/document.hpp"

#include "envelope/xhe.hpp"

#include <random>

namespace kurir_load {

namespace {

constexpr std::uint64_t largest_template = 1ull << 30;
constexpr std::string_view comment_begin = "<!-- ";
constexpr std::string_view comment_end = " -->";

// Base64 letters, the same each time: runs can be compared.
base::Bytes filler(std::size_t octets)
{
    std::mt19937_64 numbers(1); // NOLINT(cert-msc51-cpp): reproducible on purpose
    base::Bytes raw(octets, '\0');
    for (auto& octet : raw)
        octet = static_cast<char>(numbers());
    auto text = base::base64(raw);
    text.resize(octets);
    return text;
}

base::Result<base::Bytes> filled(base::Bytes document, std::uint64_t size)
{
    const auto frame = comment_begin.size() + comment_end.size();
    if (document.size() + frame > size)
        return base::Error(base::errc::too_large, "the document without filling");
    const auto root_end = document.rfind("</");
    if (root_end == base::Bytes::npos) return base::Error(base::errc::bad_format, "no end tag");
    const auto text = filler(static_cast<std::size_t>(size) - document.size() - frame);
    document.insert(root_end, base::Bytes(comment_begin) + text + base::Bytes(comment_end));
    return document;
}

} // namespace

base::Result<Template> Template::make(base::Bytes document, std::uint64_t size)
{
    if (size > 0) {
        auto larger = filled(std::move(document), size);
        if (!larger) return larger.error();
        document = std::move(*larger);
    }
    envelope::XheReader reader;
    if (const auto fed = reader.feed(document); !fed) return fed.error();
    const auto header = reader.finish();
    if (!header) return header.error();
    Template made;
    made.size_ = document.size();
    for (std::size_t at = 0;;) {
        const auto next = document.find(header->id, at);
        made.pieces_.push_back(document.substr(at, next - at));
        if (next == base::Bytes::npos) break;
        at = next + header->id.size();
    }
    if (made.pieces_.size() < 2)
        return base::Error(base::errc::bad_format, "the XHE id is not written out");
    return made;
}

base::Result<Template> Template::read(const base::Path& file, std::uint64_t size)
{
    auto document = base::read_file(file, largest_template);
    if (!document) return document.error();
    return make(std::move(*document), size);
}

base::Bytes Template::with_id(std::string_view id) const
{
    base::Bytes document = pieces_.front();
    document.reserve(size_ + id.size());
    for (std::size_t n = 1; n < pieces_.size(); ++n)
        (document += id) += pieces_[n];
    return document;
}

} // namespace kurir_load
