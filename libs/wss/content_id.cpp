// SPDX-License-Identifier: Apache-2.0
// Writes and reads "cid:" URIs (RFC 2392).
#include "wss/content_id.hpp"

#include "wss/security_header.hpp"
#include "wss/shape.hpp"

#include <algorithm>

namespace wss {

std::string cid_uri(std::string_view content_id)
{
    constexpr std::string_view allowed = "-._~!$&'()*+,;=:@";
    std::string uri = "cid:";
    for (const char c : content_id) {
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || allowed.find(c) != std::string_view::npos;
        if (plain)
            uri += c;
        else
            uri.append("%").append(base::hex(base::BytesView(&c, 1)));
    }
    return uri;
}

std::optional<std::string> content_id_of(std::string_view uri)
{
    if (uri.size() <= 4 || uri.size() > max_uri_length || !base::iequals(uri.substr(0, 4), "cid:"))
        return std::nullopt;
    std::string id = base::percent_decode(uri.substr(4));
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
    };
    // A MIME header cannot carry an id with spaces or control characters.
    if (std::any_of(id.begin(), id.end(), is_control)) return std::nullopt;
    return id;
}

} // namespace wss
