// SPDX-License-Identifier: Apache-2.0
// The connections of a door in one line.
#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace kurir {

// `door` is a Door of schemas/admin.yaml. "12 of 128 connections"; also FULL, and who holds most,
// if the door is full or a holder is at its share.
std::string door_line(const boost::json::object& door);

} // namespace kurir
