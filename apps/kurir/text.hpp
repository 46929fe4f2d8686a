// SPDX-License-Identifier: Apache-2.0
// Formats answers for people: aligned, and without control characters of a peer's text on the
// terminal.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kurir {

namespace json = boost::json;

// Replaces control characters with "?", so that no message can control the operator's terminal.
std::string shown(std::string_view text);
// Returns a member as text for people; "-" if it is null or absent.
std::string text_of(const json::object& object, std::string_view name);
const json::array& list_of(const json::object& object, std::string_view name); // empty if absent
std::string joined(const json::array& texts);

using Row = std::vector<std::string>;
// Prints columns as wide as their longest cell; the last column is not padded. Prints only
// `if_empty` if there are no rows.
void print_table(const Row& titles, const std::vector<Row>& rows, std::string_view if_empty);
// Prints "Name    value" lines. Fields with the value "-" are omitted.
void print_fields(const std::vector<std::pair<std::string, std::string>>& fields);
void print(const json::object& object); // as one line of JSON

} // namespace kurir
