// SPDX-License-Identifier: Apache-2.0
// Describes, for kurir status, the programs that hold the store's lock or keep its log from being
// emptied.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace kurir {

namespace json = boost::json;

struct StoreObstacles {
    std::string line = "well"; // the value of the field Store
    // One paragraph for each problem. A backup of our own is no problem, because it ends.
    std::vector<std::string> problems;
};
// `status` is the answer of /admin/status.
StoreObstacles store_obstacles(const json::object& status);

} // namespace kurir
