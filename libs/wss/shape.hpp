// SPDX-License-Identifier: Apache-2.0
// Checks of the fixed shapes that the profile gives to the elements of wsse:Security. For wss's own
// files.
#pragma once

#include "wss/errc.hpp"
#include "xml/document.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace wss {

inline constexpr std::size_t max_uri_length = 1024;
inline constexpr std::size_t max_references = 200;

// errc::malformed for a child that is none of these, or the second of one.
base::Result<> only_these_children(xml::Node node, std::initializer_list<xml::Name> allowed);
// errc::policy for any child: parameters of algorithms (HMACOutputLength, OAEPparams, XPath …) are
// never allowed.
base::Result<> no_children(xml::Node node);
base::Result<xml::Node> one(xml::Node parent, xml::Name name);        // errc::malformed
base::Result<std::string> algorithm_of(xml::Node node);               // its Algorithm attribute
base::Result<std::string> uri_of(xml::Node node);                     // its URI attribute
base::Result<base::Bytes> octets_of(xml::Node node, std::size_t max); // its base64 text
// The id that "#id" names, if the URI is of that form and no other (xpointer, empty, external);
// errc::policy.
base::Result<std::string> fragment_of(std::string_view uri);
std::optional<std::string> id_of(xml::Node node); // wsu:Id or Id; nothing if it has both
bool contains(const std::vector<std::string>& list, std::string_view value);

} // namespace wss
