// SPDX-License-Identifier: Apache-2.0
// "cid:" URIs (RFC 2392) as wss writes them; content_id_of() in security_header.hpp reads them.
#pragma once

#include <string>
#include <string_view>

namespace wss {

// Percent-encodes what RFC 3986 does not allow in a path segment.
std::string cid_uri(std::string_view content_id);

} // namespace wss
