// SPDX-License-Identifier: Apache-2.0
// How kurir status describes programs that keep the store from being written.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace kurir {

namespace json = boost::json;

struct StoreObstacles {
    std::string line = "well";         // the value of the field Store
    std::vector<std::string> problems; // a paragraph each. A backup of ours is none: it ends.
};
// `status` is the answer of /admin/status.
StoreObstacles store_obstacles(const json::object& status);

} // namespace kurir
