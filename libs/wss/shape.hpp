// SPDX-License-Identifier: Apache-2.0
// Checks of the structure that the profile prescribes for the elements of wsse:Security. For
// internal use in wss.
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

// errc::malformed if a child is not in `allowed`, or is repeated.
base::Result<> only_these_children(xml::Node node, std::initializer_list<xml::Name> allowed);
// errc::policy if there is a child. Children are parameters of an algorithm (HMACOutputLength,
// OAEPparams, XPath …), which are never allowed.
base::Result<> no_children(xml::Node node);
// Returns the only child with this name. errc::malformed if there is none or more than one.
base::Result<xml::Node> one(xml::Node parent, xml::Name name);
// Returns the Algorithm attribute. errc::malformed if missing or above max_uri_length.
base::Result<std::string> algorithm_of(xml::Node node);
// Returns the URI attribute. errc::malformed if missing or above max_uri_length.
base::Result<std::string> uri_of(xml::Node node);
// Decodes the base64 text of an element. errc::malformed unless it has 1 to `max` octets.
base::Result<base::Bytes> octets_of(xml::Node node, std::size_t max);
// Returns the id of a URI of the form "#id". errc::policy for any other form (xpointer, empty,
// external).
base::Result<std::string> fragment_of(std::string_view uri);
std::optional<std::string> id_of(xml::Node node); // wsu:Id or Id; nothing if there are both
bool contains(const std::vector<std::string>& list, std::string_view value);

} // namespace wss
