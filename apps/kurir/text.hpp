// SPDX-License-Identifier: Apache-2.0
// How answers look to people: aligned, readable aloud, and never a control character of a peer's on
// the terminal.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kurir {

namespace json = boost::json;

// With control characters replaced, so that no message can steer the operator's terminal.
std::string shown(std::string_view text);
// A member as text for people: "-" if it is null or absent.
std::string text_of(const json::object& object, std::string_view name);
const json::array& list_of(const json::object& object, std::string_view name); // empty if absent
std::string joined(const json::array& texts);

using Row = std::vector<std::string>;
// Columns as wide as their longest cell; the last one is not padded. Nothing but `otherwise` if
// there are no rows.
void print_table(const Row& titles, const std::vector<Row>& rows, std::string_view if_empty);
// "Name    value" lines; those whose value is "-" are left out.
void print_fields(const std::vector<std::pair<std::string, std::string>>& fields);
void print(const json::object& object); // as one line of JSON

} // namespace kurir
