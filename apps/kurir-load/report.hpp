// SPDX-License-Identifier: Apache-2.0
// What a run tells, to people and to programs.
#pragma once

#include "kurir-load/generator.hpp"
#include "kurir-load/watch.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace kurir_load {

struct Observed {
    std::optional<Sample> before;
    std::optional<Sample> after;
};

struct Report {
    Run run;
    std::size_t document_octets = 0;
    double own_cpu = 0; // seconds of this program
    Observed to;
    Observed from;
    std::string target; // "two access points", "null sink"
};

boost::json::object to_json(const Report& report);
std::string to_text(const Report& report);

} // namespace kurir_load
