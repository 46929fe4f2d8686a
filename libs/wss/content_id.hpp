// SPDX-License-Identifier: Apache-2.0
// Writes "cid:" URIs (RFC 2392). content_id_of() in security_header.hpp reads "cid:" URIs.
#pragma once

#include <string>
#include <string_view>

namespace wss {

// Returns the "cid:" URI of a Content-ID. Characters that RFC 3986 does not allow in a path segment
// are percent-encoded.
std::string cid_uri(std::string_view content_id);

} // namespace wss
