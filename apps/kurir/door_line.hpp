// SPDX-License-Identifier: Apache-2.0
// Describes the connections of a door in one line.
#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace kurir {

// `door` is a Door of schemas/admin.yaml. Returns a text like "12 of 128 connections", with "FULL"
// if the door is full. The text names the client with the most connections if the door is full or
// that client has reached its share.
std::string door_line(const boost::json::object& door);

} // namespace kurir
