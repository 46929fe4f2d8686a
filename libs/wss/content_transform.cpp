// SPDX-License-Identifier: Apache-2.0
// Attachment-Content-Signature-Transform [SwA 1.1.1 5.4.2]: what is hashed depends on the media
// type of the part.
#include "wss/encryption.hpp"

#include "xml/canonical.hpp"

namespace wss {

namespace {

enum class Content { xml, text, opaque };

Content content_of(std::string_view mime_type)
{
    const std::string type = base::lower(base::trim(mime_type.substr(0, mime_type.find(';'))));
    if (type == "text/xml" || type == "application/xml" || type.ends_with("+xml"))
        return Content::xml;
    return type.starts_with("text/") ? Content::text : Content::opaque;
}

// Every line end (CR, LF or both) becomes CRLF [RFC 2046 4.1.1].
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

base::Result<base::Bytes> content_transform(base::BytesView octets, std::string_view mime_type)
{
    switch (content_of(mime_type)) {
    case Content::text:
        return with_crlf(octets);
    case Content::opaque:
        return base::Bytes(octets);
    case Content::xml:
        break;
    }
    // The caller has bounded the size; text may be all of it. Hardening is as for the envelope: no
    // DOCTYPE.
    xml::Limits limits;
    limits.bytes = limits.text = octets.size();
    limits.depth = 200;
    limits.nodes = 1'000'000;
    const auto document = xml::Document::parse(octets, limits);
    if (!document) return document.error();
    return xml::canonical(*document);
}

bool transform_is_identity(std::string_view mime_type)
{
    return content_of(mime_type) == Content::opaque;
}

} // namespace wss
