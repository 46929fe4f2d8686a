// SPDX-License-Identifier: Apache-2.0
// Attachment-Content-Signature-Transform [SwA 1.1.1 5.4.2]: the media type of a part decides which
// octets are hashed.
#include "wss/encryption.hpp"

#include "xml/canonical.hpp"

namespace wss {

namespace {

// libxml2 needs about 120 octets of memory per node, and four octets of XML can make a node.
// Without this bound, a part of 1 MB would need 30 MB of memory.
constexpr std::size_t max_nodes = 250'000;

// Turns every line end (CR, LF or both) into CRLF [RFC 2046 4.1.1]. Works octet by octet even for
// UTF-16. The result must be equal to that of the sender's product, and all products work this way.
base::Bytes with_crlf(base::BytesView octets)
{
    base::Bytes out;
    out.reserve(octets.size() + octets.size() / 16);
    char previous = '\0';
    for (const char c : octets) {
        if (c == '\r' || (c == '\n' && previous != '\r'))
            out += "\r\n";
        else if (c != '\n')
            out += c;
        previous = c;
    }
    return out;
}

} // namespace

ContentForm content_form(std::string_view mime_type)
{
    const std::string type = base::lower(base::trim(mime_type.substr(0, mime_type.find(';'))));
    const bool suffixed =
        type.ends_with("+xml") && (type.starts_with("application/") || type.starts_with("image/"));
    if (type == "text/xml" || type == "application/xml" || suffixed) return ContentForm::xml;
    return type.starts_with("text/") ? ContentForm::text : ContentForm::octets;
}

base::Result<base::Bytes> content_transform(base::BytesView octets, std::string_view mime_type)
{
    switch (content_form(mime_type)) {
    case ContentForm::text:
        return with_crlf(octets);
    case ContentForm::octets:
        return base::Bytes(octets);
    case ContentForm::xml:
        break;
    }
    // The caller has limited the size of the part. All of the part may be text, and text is counted
    // in UTF-8, in which an octet of windows-1252 becomes up to three octets. As in the envelope, a
    // DOCTYPE is refused.
    constexpr std::size_t max_utf_8 = 3;
    xml::Limits limits;
    limits.bytes = octets.size();
    limits.text = max_utf_8 * octets.size();
    limits.depth = 200;
    limits.nodes = max_nodes;
    const auto document = xml::Document::parse(octets, limits);
    if (!document) return document.error();
    return xml::canonical(*document);
}

} // namespace wss
